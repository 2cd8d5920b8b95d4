find_package(nlohmann_json REQUIRED)
find_package(Threads REQUIRED)
set(LIBRARIES nlohmann_json::nlohmann_json Threads::Threads)
