find_package(Eigen3 REQUIRED)
set(LIBRARIES Eigen3::Eigen)
