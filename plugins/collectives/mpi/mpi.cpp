// Exchanges over MPI between processes that mpirun or srun has started. Where nobody has started several, the process is alone, and
// MPI is not begun.
#include <climits>
#include <cstring>
#include <treino/collective.hpp>

#include "exchanges.hpp"
#include "messages.hpp"

namespace treino::mpi {
namespace {

constexpr int exchange_tag = 1;
constexpr unsigned tests_per_look = 64;  // how often messages are looked for, which takes about as long as a test

int count_of(std::uint64_t bytes) {
  if (bytes > INT_MAX)
    throw std::invalid_argument("an exchange of " + std::to_string(bytes) + " bytes between two ranks; MPI takes at most " +
                                std::to_string(INT_MAX));
  return static_cast<int>(bytes);
}

MPI_Datatype type_of(const ReducedValues& values) {
  switch (values.type) {
    case ReducedValues::Type::float32:
      return MPI_FLOAT;
    case ReducedValues::Type::float64:
      return MPI_DOUBLE;
    case ReducedValues::Type::int64:
      return MPI_INT64_T;
    default:
      return MPI_UINT64_T;
  }
}

MPI_Op operation_of(Reduce operation) {
  return operation == Reduce::sum ? MPI_SUM : operation == Reduce::min ? MPI_MIN : MPI_MAX;
}

class Mpi final : public Collective {
 public:
  ~Mpi() override {
    if (process_ != nullptr) process_->end_run(exchanges_.all_done() && !left_ && messages_->left().empty());
  }

  Place open() override {
    if (!Process::is_one_of_several()) return place_;
    Process& process = Process::join();
    process.begin_run();
    process_ = &process;
    messages_.emplace(process);
    place_ = {static_cast<std::uint32_t>(process.rank()), static_cast<std::uint32_t>(process.ranks())};
    return place_;
  }

  Request broadcast(void* bytes, std::uint64_t count, std::uint32_t root) override {
    if (root >= place_.ranks)
      throw std::invalid_argument("there is no rank " + std::to_string(root) + " among " + std::to_string(place_.ranks));
    const int size = count_of(count);
    return begin("MPI_Ibcast", [&](MPI_Comm ranks, MPI_Request* request) {
      return MPI_Ibcast(bytes, size, MPI_BYTE, static_cast<int>(root), ranks, request);
    });
  }

  Request all_reduce(const ReducedValues& values, Reduce operation) override {
    const int count = count_of(values.bytes()) / (values.type == ReducedValues::Type::float32 ? 4 : 8);
    return begin("MPI_Iallreduce", [&](MPI_Comm ranks, MPI_Request* request) {
      return MPI_Iallreduce(MPI_IN_PLACE, values.data, count, type_of(values), operation_of(operation), ranks, request);
    });
  }

  Request barrier() override {
    return begin("MPI_Ibarrier", [](MPI_Comm ranks, MPI_Request* request) { return MPI_Ibarrier(ranks, request); });
  }

  Request all_gather(const void* mine, void* all, const std::uint64_t* counts) override {
    return exchange([&](std::uint32_t) { return Part{mine, counts[place_.rank]}; }, all, counts);
  }

  Request all_to_all(const void* parts, const std::uint64_t* part_counts, void* received,
                     const std::uint64_t* received_counts) override {
    const char* next = static_cast<const char*>(parts);
    return exchange(
        [&](std::uint32_t rank) {
          const Part part{rank == place_.rank ? nullptr : next, part_counts[rank]};
          next += part_counts[rank];
          return part;
        },
        received, received_counts);
  }

  bool test(Request request) override {
    if (exchanges_.test(request)) {
      news_ = true;
      return true;
    }
    if (++tests_ % tests_per_look == 0) messages_->receive();
    if (!messages_->left().empty()) throw std::runtime_error(messages_->left());
    return false;
  }

  void leave(const std::string& why) override {
    left_ = true;
    if (process_ != nullptr) messages_->send_leave(why);
  }

  void find_alive(std::uint8_t* alive) override {
    std::fill(alive, alive + place_.ranks, std::uint8_t{0});
    alive[place_.rank] = 1;
    if (process_ == nullptr) return;
    messages_->send_alive();
    messages_->receive();
    // What was said before the last exchange was done says nothing of now.
    if (std::exchange(news_, false)) messages_->forget_alive();
    for (std::uint32_t rank = 0; rank < place_.ranks; ++rank)
      if (messages_->is_alive(static_cast<int>(rank))) alive[rank] = 1;
  }

 private:
  struct Part {
    const void* data;
    std::uint64_t bytes;
  };

  /// `call(communicator, request)` begins one of MPI's own, which has nothing to do where this rank is alone.
  template <class Call>
  Request begin(const char* name, Call call) {
    Request number = 0;
    std::vector<MPI_Request>& requests = exchanges_.begin(number);
    if (place_.ranks > 1) check(call(process_->exchanges(), &requests.emplace_back()), name);
    return number;
  }

  /// part(r) goes to rank r, and is asked for once for each, in their order; this rank's own is copied unless its data are null. Rationale: MPI_Ialltoallv and MPI_Iallgatherv count in int
  /// what all ranks send together, and OpenMPI makes of them these same messages. What two ranks send each other arrives in the
  /// order in which they begin it, so that exchanges cannot be taken for one another.
  template <class Parts>
  Request exchange(Parts part, void* received, const std::uint64_t* received_counts) {
    Request number = 0;
    std::vector<MPI_Request>& requests = exchanges_.begin(number);
    char* to = static_cast<char*>(received);
    for (std::uint32_t rank = 0; rank < place_.ranks; to += received_counts[rank++])
      if (rank != place_.rank && received_counts[rank] > 0)
        check(MPI_Irecv(to, count_of(received_counts[rank]), MPI_BYTE, static_cast<int>(rank), exchange_tag,
                        process_->exchanges(), &requests.emplace_back()),
              "MPI_Irecv");
    to = static_cast<char*>(received);
    for (std::uint32_t rank = 0; rank < place_.ranks; to += received_counts[rank++]) {
      const Part sent = part(rank);
      if (sent.bytes == 0) continue;
      if (rank != place_.rank)
        check(MPI_Isend(sent.data, count_of(sent.bytes), MPI_BYTE, static_cast<int>(rank), exchange_tag, process_->exchanges(),
                        &requests.emplace_back()),
              "MPI_Isend");
      else if (sent.data != nullptr && sent.data != to)
        std::memcpy(to, sent.data, sent.bytes);
    }
    return number;
  }

  Place place_;
  Process* process_ = nullptr;  // null: alone
  std::optional<Messages> messages_;
  Exchanges exchanges_;
  unsigned tests_ = 0;
  bool left_ = false, news_ = false;
};

}  // namespace
}  // namespace treino::mpi

TREINO_PLUGIN(treino::mpi::Mpi, R"toml(
kind = "collective"
draft = 1
id = "mpi"
version = "1.0.0"
summary = "Exchanges over MPI between the processes that mpirun or srun started."
help = """
mpirun -n 4 treino run train.toml; with Slurm srun --mpi=pmix treino run train.toml. A process that was started alone is rank 0 of 1,
and does not begin MPI. OpenMPI is told what to use (networks, processors) by mpirun's options and the variables OMPI_MCA_...
mpirun gives each process one processor where there are up to two, and a run as many threads as it has processors: with
--bind-to none, or --map-by slot:PE=8 for 8 of them each, it has more.
"""
)toml")
