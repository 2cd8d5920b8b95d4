// The interface of HDF5 1.10, which later versions keep.
#define H5_USE_110_API
#include "hdf5_file.hpp"

#include <fmt/format.h>
#include <hdf5.h>

#include <functional>
#include <numeric>
#include <stdexcept>

namespace treino::readers {

namespace {

/// Why the last call has failed, in HDF5's words: the innermost of its errors.
std::string reason() {
  std::string text = "no reason is told";
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned, const H5E_error2_t* error, void* to) -> herr_t {
        if (error->desc != nullptr) *static_cast<std::string*>(to) = error->desc;
        return 1;
      },
      &text);
  return text;
}

/// An identifier of HDF5's that is closed again.
class Id {
 public:
  Id(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {
    if (id < 0) throw std::runtime_error(reason());
  }
  Id(const Id&) = delete;
  Id& operator=(const Id&) = delete;
  ~Id() { close_(id_); }
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

hid_t native(ReadType type) {
  switch (type) {
    case ReadType::boolean:
    case ReadType::int8:
      return H5T_NATIVE_INT8;
    case ReadType::uint8:
      return H5T_NATIVE_UINT8;
    case ReadType::int16:
      return H5T_NATIVE_INT16;
    case ReadType::uint16:
      return H5T_NATIVE_UINT16;
    case ReadType::int32:
      return H5T_NATIVE_INT32;
    case ReadType::uint32:
      return H5T_NATIVE_UINT32;
    case ReadType::int64:
      return H5T_NATIVE_INT64;
    case ReadType::uint64:
      return H5T_NATIVE_UINT64;
    case ReadType::float64:
      return H5T_NATIVE_DOUBLE;
    default:
      return H5T_NATIVE_FLOAT;
  }
}

std::optional<ReadType> type_of(hid_t type) {
  const H5T_class_t kind = H5Tget_class(type);
  const std::size_t size = H5Tget_size(type);
  if (kind == H5T_FLOAT && size <= sizeof(double)) return size > sizeof(float) ? ReadType::float64 : ReadType::float32;
  if (kind == H5T_ENUM && size == 1 && H5Tget_nmembers(type) == 2) return ReadType::boolean;  // as h5py writes them
  if (kind != H5T_INTEGER) return std::nullopt;
  const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
  switch (size) {
    case 1:
      return is_signed ? ReadType::int8 : ReadType::uint8;
    case 2:
      return is_signed ? ReadType::int16 : ReadType::uint16;
    case 4:
      return is_signed ? ReadType::int32 : ReadType::uint32;
    case 8:
      return is_signed ? ReadType::int64 : ReadType::uint64;
    default:
      return std::nullopt;
  }
}

/// What a dataset is; sets its fault where it is none that can be read.
void describe(hid_t id, Hdf5Dataset& dataset) {
  const Id type(H5Dget_type(id), H5Tclose), space(H5Dget_space(id), H5Sclose), made(H5Dget_create_plist(id), H5Pclose);
  const auto found = type_of(type);
  if (!found) dataset.fault = "expected booleans, integers or floats of up to 64 bits";
  if (found) dataset.type = *found;
  // What lies in other files is not read: their names may be anything.
  if (H5Pget_layout(made) == H5D_VIRTUAL || H5Pget_external_count(made) > 0) dataset.fault = "its data lie in other files";
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 1 || rank > 32) {
    dataset.fault = "a single number; expected an array of samples";
    return;
  }
  std::vector<hsize_t> sizes(static_cast<std::size_t>(rank));
  if (H5Sget_simple_extent_dims(space, sizes.data(), nullptr) < 0) throw std::runtime_error(reason());
  constexpr std::uint64_t most = std::uint64_t{1} << 48;
  std::uint64_t count = 1;
  for (const hsize_t size : sizes) {
    if (size == 0) dataset.fault = "no samples";
    if (size > most / count) {
      dataset.fault = "the shape is too large";
      return;
    }
    count *= std::max<hsize_t>(size, 1);
    dataset.shape.push_back(static_cast<std::int64_t>(size));
  }
}

}  // namespace

std::uint64_t Hdf5Dataset::row_bytes() const {
  return std::accumulate(shape.begin() + 1, shape.end(), std::uint64_t{size_of(type)},
                         [](std::uint64_t product, std::int64_t size) { return product * static_cast<std::uint64_t>(size); });
}

Hdf5File::Hdf5File(const std::string& path) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  unsigned plugins = 0;
  H5PLset_loading_state(plugins);  // a file could name filters that are code
  file_ = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file_ < 0) throw std::runtime_error("no HDF5 file that can be read: " + reason());
  std::vector<std::string> names;
  const auto visit = [](hid_t, const char* name, const H5O_info_t* info, void* to) -> herr_t {
    constexpr std::size_t most = 10000;
    auto& all = *static_cast<std::vector<std::string>*>(to);
    if (info->type == H5O_TYPE_DATASET) all.emplace_back(name);
    return all.size() < most ? 0 : 1;
  };
  if (H5Ovisit(file_, H5_INDEX_NAME, H5_ITER_INC, visit, &names) < 0)
    throw std::runtime_error("its datasets cannot be listed: " + reason());
  for (const std::string& name : names) look_at(name);
  opened_.resize(datasets_.size(), -1);
}

void Hdf5File::look_at(const std::string& name) {
  Hdf5Dataset dataset;
  dataset.name = name;
  try {
    const Id id(H5Dopen2(file_, name.c_str(), H5P_DEFAULT), H5Dclose);
    describe(id, dataset);
  } catch (const std::runtime_error& error) {
    dataset.fault = error.what();
  }
  datasets_.push_back(std::move(dataset));
}

void Hdf5File::read(std::size_t dataset, std::int64_t first, std::int64_t count, void* to) {
  if (opened_[dataset] < 0) {
    const Id access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
    H5Pset_chunk_cache(access, 12421, std::size_t{64} << 20, H5D_CHUNK_CACHE_W0_DEFAULT);
    opened_[dataset] = H5Dopen2(file_, datasets_[dataset].name.c_str(), access);
    if (opened_[dataset] < 0) throw std::runtime_error("cannot be opened: " + reason());
  }
  const Id space(H5Dget_space(opened_[dataset]), H5Sclose);
  std::vector<hsize_t> begin(datasets_[dataset].shape.size(), 0),
      sizes(datasets_[dataset].shape.begin(), datasets_[dataset].shape.end());
  begin[0] = static_cast<hsize_t>(first);
  sizes[0] = static_cast<hsize_t>(count);
  if (H5Sselect_hyperslab(space, H5S_SELECT_SET, begin.data(), nullptr, sizes.data(), nullptr) < 0)
    throw std::runtime_error("cannot be read: " + reason());
  const Id memory(H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr), H5Sclose);
  if (H5Dread(opened_[dataset], native(datasets_[dataset].type), memory, space, H5P_DEFAULT, to) < 0)
    throw std::runtime_error("cannot be read: " + reason());
}

}  // namespace treino::readers
