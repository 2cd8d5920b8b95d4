// How a class becomes a component of a library: the contract's lifecycle over it, the note with the description, and the macros
// that make both. Each kind's header adds `Kind`, its table of functions.
#pragma once
#include <treino/abi.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <treino/plugin.hpp>
#include <treino/services.hpp>
#include <treino/state.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace treino {
inline namespace sdk0 {
namespace detail {

/// Tells a kind's base what the instance was constructed from, where it wants to know.
template <class Base, class = void>
struct Constructed {
  static void tell(Base&, const Setup&) {}
};
template <class Base>
struct Constructed<Base, std::void_t<decltype(&Base::note_parameters)>> {
  static void tell(Base& base, const Setup& setup) { base.note_parameters(setup); }
};

/// The contract's lifecycle over class T. T is constructed from a Setup, or, where it needs nothing, by default.
template <class T, class Base>
struct Lifecycle {
  static treino_status create(const treino_host* host, const treino_parameter* parameters, std::uint32_t count, void** self,
                              treino_error* error) {
    return guarded(error, [&] {
      check_services(host);
      const Setup setup(host, parameters, count);
      std::unique_ptr<T> instance;
      if constexpr (std::is_constructible_v<T, const Setup&>) {
        instance = std::make_unique<T>(setup);
      } else {
        instance = std::make_unique<T>();
      }
      Constructed<Base>::tell(*instance, setup);
      *self = static_cast<Base*>(instance.release());
    });
  }
  static void destroy(void* self) { delete &get(self); }
  static treino_status save(void* self, const treino_sink* sink, treino_error* error) {
    return guarded(error, [&] {
      Writer writer;
      get(self).save(writer);
      if (base(self).undefined_) writer.write(true);
      write_state(writer, *sink);
    });
  }
  static treino_status load(void* self, const treino_source* source, std::uint32_t version, treino_error* error) {
    return guarded(error, [&] {
      const std::vector<unsigned char> bytes = read_state(*source);
      Reader reader(bytes.data(), bytes.size());
      load_from(reader, version, get(self));
    });
  }
  static void load_from(Reader& reader, std::uint32_t version, T& instance) {
    instance.load(reader, version);
    static_cast<Plugin&>(instance).undefined_ = !reader.at_end() && reader.get<bool>();
    reader.finish();
  }
  static T& get(void* self) { return static_cast<T&>(*static_cast<Base*>(self)); }
  static Plugin& base(void* self) { return get(self); }

  static std::uint64_t collect(void* self) {
    std::uint64_t freed = 0;
    return guarded(nullptr, [&] { freed = get(self).collect_garbage(); }) == TREINO_OK ? freed : 0;
  }
  static treino_status report(void* self, const treino_sink* sink, treino_error* error) {
    return guarded(error, [&] {
      const std::string text =
          base(self).undefined_ ? "not a number, since a prediction was NaN\n" : static_cast<const T&>(get(self)).report();
      if (sink->write(sink->context, text.data(), text.size()) != TREINO_OK)
        throw std::runtime_error("the report cannot be written");
    });
  }
  static std::uint32_t table_count(void* self) {
    std::size_t count = 0;
    return guarded(nullptr, [&] { count = get(self).tables().size(); }) == TREINO_OK ? static_cast<std::uint32_t>(count) : 0;
  }
  static treino_status table(void* self, std::uint32_t index, treino_table* to, treino_error* error) {
    return guarded(error, [&] {
      std::vector<MetricTable> tables = get(self).tables();
      if (index >= tables.size()) throw std::out_of_range("there is no table " + std::to_string(index));
      std::vector<double>& values = tables[index].values;
      if (base(self).undefined_) values.assign(values.size(), std::numeric_limits<double>::quiet_NaN());
      base(self).lent_.lend(std::move(tables[index]), *to);
    });
  }
  /// A class has an extension when it overrides the function that the extension calls.
  static const void* extension(void*, const char* name) {
    static constexpr treino_garbage garbage{sizeof(treino_garbage), 0, collect};
    static constexpr treino_report text{sizeof(treino_report), 0, report};
    if (has_garbage && std::strcmp(name, TREINO_GARBAGE_EXTENSION) == 0) return &garbage;
    static constexpr treino_metric_tables tables{sizeof(treino_metric_tables), 0, table_count, table};
    if (has_report && std::strcmp(name, TREINO_REPORT_EXTENSION) == 0) return &text;
    if (has_tables && std::strcmp(name, TREINO_TABLE_EXTENSION) == 0) return &tables;
    return nullptr;
  }

  static constexpr bool has_garbage = !std::is_same_v<decltype(&T::collect_garbage), std::uint64_t (Plugin::*)()>;
  static constexpr bool has_report = !std::is_same_v<decltype(&T::report), std::string (Plugin::*)() const>;
  static constexpr bool has_tables = !std::is_same_v<decltype(&T::tables), std::vector<MetricTable> (Plugin::*)() const>;
  static constexpr bool has_state = !std::is_same_v<decltype(&T::save), void (Plugin::*)(Writer&) const>;
  static constexpr treino_lifecycle make(std::uint32_t version) {
    return {sizeof(treino_lifecycle),
            version,
            create,
            destroy,
            has_state ? save : nullptr,
            has_state ? load : nullptr,
            has_garbage || has_report || has_tables ? extension : nullptr};
  }
};

template <std::size_t Size>
struct Note {
  std::uint32_t name_size = 7, description_size = Size, type = TREINO_NOTE_TYPE;
  char name[8] = {'T', 'r', 'e', 'i', 'n', 'o', 0, 0};
  char description[(Size + 3) / 4 * 4] = {};
  constexpr explicit Note(const char (&text)[Size]) {
    for (std::size_t i = 0; i < Size; ++i) description[i] = text[i];
  }
};

/// The value of `state_version = N` at the beginning of a line of the description; 1 where there is none.
constexpr std::uint32_t state_version(const char* text) {
  constexpr char key[] = "state_version";
  for (const char* at = text; *at != '\0'; ++at) {
    if (at != text && at[-1] != '\n') continue;
    std::size_t i = 0;
    while (key[i] != '\0' && at[i] == key[i]) ++i;
    if (key[i] != '\0') continue;
    std::uint32_t version = 0;
    for (const char* digit = at + i; *digit != '\0' && *digit != '\n' && *digit != '#'; ++digit)
      if (*digit >= '0' && *digit <= '9') version = version * 10 + static_cast<std::uint32_t>(*digit - '0');
    return version;
  }
  return 1;
}

// Kind is specialized by each kind's header: `kind`, `Base` and `table`.

}  // namespace detail
}  // namespace sdk0
}  // namespace treino

// Text that is a macro's argument may span lines; text inside a #define may not: hence the description comes as the argument.
// NOLINTBEGIN
#define TREINO_COMPONENT_AS(name, Class, ...)                                                                                   \
  namespace {                                                                                                                   \
  constexpr char name##_text[] = __VA_ARGS__;                                                                                   \
  __attribute__((section(".note.treino"), used, aligned(4))) constexpr ::treino::detail::Note<sizeof(name##_text)> name##_note{ \
      name##_text};                                                                                                             \
  constexpr treino_lifecycle name##_lifecycle = ::treino::detail::Lifecycle<Class, ::treino::detail::Kind<Class>::Base>::make(  \
      ::treino::detail::state_version(name##_text));                                                                            \
  constexpr auto name##_functions = ::treino::detail::Kind<Class>::table();                                                     \
  constexpr treino_component name##_component{                                                                                  \
      sizeof(treino_component), 0, ::treino::detail::Kind<Class>::kind, name##_text, &name##_lifecycle, &name##_functions};     \
  }

/// The ABI's minor that the library needs at least; an author who uses something newer defines it before the include.
#ifndef TREINO_NEEDED_MINOR
#define TREINO_NEEDED_MINOR TREINO_ABI_OLDEST_MINOR
#endif

/// A library of several components: TREINO_COMPONENT_AS(a, First, R"toml(...)toml"), the same for b, then
/// TREINO_LIBRARY(&a_component, &b_component)
#define TREINO_LIBRARY(...)                                                                                                \
  namespace {                                                                                                              \
  constexpr const treino_component* treino_components[] = {__VA_ARGS__};                                                   \
  }                                                                                                                        \
  extern "C" TREINO_EXPORT const treino_plugin treino_plugin_v0 = {sizeof(treino_plugin),                                  \
                                                                   TREINO_ABI_MAJOR,                                       \
                                                                   TREINO_ABI_MINOR,                                       \
                                                                   TREINO_NEEDED_MINOR,                                    \
                                                                   sizeof(treino_components) / sizeof(*treino_components), \
                                                                   0u,                                                     \
                                                                   treino_components};

/// Makes `Class` the plugin of this library: TREINO_PLUGIN(Huber, R"toml( ... )toml")
#define TREINO_PLUGIN(Class, ...)                      \
  TREINO_COMPONENT_AS(treino_only, Class, __VA_ARGS__) \
  TREINO_LIBRARY(&treino_only_component)
// NOLINTEND
