// CMake keeps a precompiled header with a target, and a target has a source.
