find_package(Threads REQUIRED)
set(LIBRARIES Threads::Threads)
