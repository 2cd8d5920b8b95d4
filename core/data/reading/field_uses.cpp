// A further source (validation, test, data to predict) may have other columns than the training data, in another order, with or
// without the target: columns are found by name where both name them, else by place and counted.
#include "data/reading/field_uses.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "data/message.hpp"
#include "data/reading/field_resolver.hpp"
#include "data/reading/inputs.hpp"

namespace treino::data {
namespace {

using Use = FieldUse::Use;

/// How many features a further source has to have; 0: not known here.
std::size_t expected_features(const Source& source) {
  if (!source.wanted_features.empty()) return source.wanted_features.size();
  if (!source.ignore_target || source.sample_shape.empty()) return 0;
  return static_cast<std::size_t>(element_count(source.sample_shape, source.file.string()));
}

std::size_t all_targets(const Source& source) {
  std::size_t columns = source.target.size();
  for (const Source::FurtherTarget& target : source.further_targets) columns += target.columns.size();
  return columns;
}

/// Numbers one after the other, or names: where a source holds just these columns, they are in this order.
bool in_order(const std::vector<Source::Column>& references) {
  std::vector<std::int64_t> numbers;
  for (const Source::Column& reference : references)
    if (const auto* number = std::get_if<std::int64_t>(&reference)) numbers.push_back(*number);
  return std::is_sorted(numbers.begin(), numbers.end());
}

bool is_from_end(const Source::Column& reference) {
  const auto* number = std::get_if<std::int64_t>(&reference);
  return number != nullptr && *number < 0;
}

bool are_columns(const Schema& schema, const FieldUses& uses) {
  for (std::size_t field = 0; field < uses.of.size(); ++field)
    if (uses.of[field].use == Use::feature && !schema.fields[field].is_column()) return false;
  return true;
}

/// Columns, or the arrays that the inputs name.
std::vector<Source::Column> features_of(const Source& source) {
  std::vector<Source::Column> features = source.features;
  for (const Source::Input& input : source.inputs)
    if (!input.key.empty()) features.emplace_back(input.key);
  return features;
}

// Data to predict may hold the features alone or, like the training data, the target among them: columns are counted.
void assign_features_by_place(FieldResolver& resolver, const Schema& schema, const Source& source, bool targets_here,
                              FieldUses& uses) {
  const std::size_t expected = expected_features(source), columns = uses.of.size();
  const std::vector<Source::Column> features = features_of(source);
  const bool features_alone = columns == expected && uses.target_count == 0 && in_order(features);
  if (features_alone) {
    resolver.assign_rest(FieldRole::feature, Use::feature, uses.feature_count);
  } else {
    if (source.ignore_target && targets_here) {
      resolver.set_aside(source.target);
      for (const Source::FurtherTarget& target : source.further_targets) resolver.set_aside(target.columns);
      if (std::any_of(features.begin(), features.end(), is_from_end))
        resolver.fail_head(
            fmt::format("features are counted from the end, but whether the target is there cannot be told; expected "
                        "a header with the training data's names, or the {} columns of features alone",
                        expected));
    }
    if (features.empty()) {
      resolver.assign_rest(FieldRole::feature, Use::feature, uses.feature_count);
    } else {
      resolver.assign(features, Use::feature, uses.feature_count);
    }
  }
  if (expected > 0 && uses.feature_count != expected && are_columns(schema, uses)) {
    const std::size_t others = source.ignore_target && targets_here && features.empty() ? all_targets(source) : 0;
    const std::string with = others > 0 ? fmt::format(", or {} with the target", expected + others) : "";
    resolver.fail_head(fmt::format("expected {} columns of features as in the training data{}; found {}{}", expected, with,
                                   others > 0 ? columns : uses.feature_count, schema.hint));
  }
}

void assign_targets(FieldResolver& resolver, const Schema& schema, const Source& source, FieldUses& uses) {
  if (schema.has_names() && !source.wanted_targets.empty())
    return resolver.assign_names(source.wanted_targets, Use::target, uses.target_count);
  resolver.assign(source.target, Use::target, uses.target_count);
  if (source.target.empty()) resolver.assign_rest(FieldRole::target, Use::target, uses.target_count);
}

}  // namespace

FieldUses field_uses(const Reader& reader, const Source& source, Content content) {
  const Schema& schema = reader.schema();
  FieldUses uses;
  uses.of.resize(schema.fields.size());
  FieldResolver resolver(reader, uses);
  const bool targets_here = content != Content::features_only;
  if (targets_here && !source.ignore_target) assign_targets(resolver, schema, source, uses);
  if (content == Content::targets_only) {
    // Of a file of targets they are what its reader would take for features.
    if (uses.target_count == 0) resolver.assign_rest(FieldRole::feature, Use::target, uses.target_count);
    return uses;
  }
  if (!source.ignore_target)
    for (const Source::FurtherTarget& target : source.further_targets) resolver.set_aside(target.columns);
  if (schema.has_names() && !source.wanted_features.empty()) {
    resolver.assign_names(source.wanted_features, Use::feature, uses.feature_count);
  } else {
    assign_features_by_place(resolver, schema, source, targets_here, uses);
  }
  resolver.drop_set_aside();
  if (uses.feature_count == 0) resolver.fail("no column is left for features" + schema.hint);
  return uses;
}

std::vector<std::size_t> FieldUses::fields(Use use) const {
  std::vector<std::size_t> result(use == Use::target ? target_count : feature_count);
  for (std::size_t field = 0; field < of.size(); ++field)
    if (of[field].use == use) result[of[field].slot] = field;
  return result;
}

std::vector<std::string> FieldUses::names(const Schema& schema, Use use) const {
  std::vector<std::string> result;
  for (const std::size_t field : fields(use)) {
    if (schema.fields[field].name.empty() || !schema.fields[field].is_column()) return {};
    result.push_back(schema.fields[field].name);
  }
  return result;
}

Shape sample_shape_of(const Reader& reader, const Source& source, const FieldUses& uses, std::vector<InputShape>& inputs) {
  const Schema& schema = reader.schema();
  std::int64_t size = 0;
  for (const std::size_t field : uses.fields(Use::feature)) size += schema.fields[field].size();
  const bool keys = !source.inputs.empty() && !source.inputs.front().key.empty();
  if (!keys) {
    inputs = inputs_of_columns(source, size, reader.name());
    const bool single = uses.feature_count == 1 && inputs.empty();
    const Shape& shape = schema.fields[uses.fields(Use::feature).front()].shape;
    return single && !shape.empty() ? shape : Shape{size};
  }
  for (std::size_t i = 0; i < source.inputs.size(); ++i) {
    const Source::Input& input = source.inputs[i];
    const Field& field = schema.fields[uses.fields(Use::feature)[i]];
    const Shape found = field.is_column() ? Shape{1} : field.shape;
    const std::string name = fmt::format("{}: {}", reader.name(), in_quotes(input.key));
    if (!input.shape.empty() && element_count(input.shape, name) != element_count(found, name))
      throw DataError(fmt::format("{}: the shape {} of input {} has {} elements, a sample of the array {}", name,
                                  fmt::join(input.shape, "x"), in_quotes(input.name), element_count(input.shape, name),
                                  element_count(found, name)));
    inputs.push_back({input.name, input.shape.empty() ? found : input.shape});
  }
  return {size};
}

}  // namespace treino::data
