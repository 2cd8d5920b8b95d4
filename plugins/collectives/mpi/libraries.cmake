# OpenMPI's C interface. Any MPI that CMake finds would do; only OpenMPI is tested.
find_package(MPI COMPONENTS C QUIET)
if(MPI_C_FOUND)
  set(LIBRARIES MPI::MPI_C)
else()
  set(LEFT_OUT "MPI was not found (libopenmpi-dev)")
endif()
