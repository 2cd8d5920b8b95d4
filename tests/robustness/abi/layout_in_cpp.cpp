// The frozen layout, as a C++ compiler sees it.
#include "layout.h"
