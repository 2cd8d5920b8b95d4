find_package(Threads REQUIRED)
set(LIBRARIES Threads::Threads ${CMAKE_DL_LIBS})
