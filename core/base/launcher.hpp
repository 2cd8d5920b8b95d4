// What a launcher of parallel programs (mpirun, srun) has told this process, before anybody has asked the others.
#pragma once

namespace treino::base {

/// Counted from 0; 0 where nobody has said.
int launched_rank();

/// How many processes mpirun has started together; 1 where it has not.
int launched_count();

}  // namespace treino::base
