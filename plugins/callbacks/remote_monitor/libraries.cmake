find_package(CURL 7.87 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Threads REQUIRED)
set(LIBRARIES CURL::libcurl nlohmann_json::nlohmann_json Threads::Threads)
