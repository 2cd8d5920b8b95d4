/* The library that a sample needs and does not find. */
double elsewhere(double base);
double elsewhere(double base) { return base / 2; }
