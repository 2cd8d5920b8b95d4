find_package(CURL 7.87 REQUIRED)
find_package(PNG REQUIRED)
find_package(Threads REQUIRED)
set(LIBRARIES CURL::libcurl PNG::PNG Threads::Threads)
