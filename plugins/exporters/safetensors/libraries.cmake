find_package(nlohmann_json REQUIRED)
set(LIBRARIES nlohmann_json::nlohmann_json)
