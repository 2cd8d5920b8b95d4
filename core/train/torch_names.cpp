// Modules without names are matched by their order, and only where all of them are of one nn.Sequential.
#include "train/torch_names.hpp"

#include <algorithm>
#include <map>

namespace treino::train {

namespace {

void replace_end(std::string& name, const std::string& end, const std::string& by) {
  if (name.ends_with(end)) name.replace(name.size() - end.size(), end.size(), by);
}

/// Attention's second projection is a module within the module there, and recurrent layers number theirs: those of ours have one.
std::string flattened(std::string name) {
  replace_end(name, ".out_proj.weight", ".out_proj_weight");
  replace_end(name, ".out_proj.bias", ".out_proj_bias");
  for (const char* array : {"weight_ih", "weight_hh", "bias_ih", "bias_hh"}) {
    replace_end(name, std::string(array) + "_l0", array);
    replace_end(name, std::string(array) + "_l0_reverse", std::string(array) + "_reverse");
  }
  return name;
}

/// "net.3.weight": "net.3"; a name without dots: "".
std::string module_of(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos ? "" : name.substr(0, dot);
}

std::string layer_of(const std::string& name) { return name.substr(0, name.rfind('/')); }

std::string number_of(const std::string& module) { return module.substr(module.rfind('.') + 1); }

bool is_numbered(const std::string& module) {
  const std::string number = number_of(module);
  return !number.empty() && number.size() < 10 && number.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

std::vector<std::string> from_torch_names(const std::vector<std::string>& names, const std::vector<std::string>& ours) {
  std::vector<std::string> theirs, modules, layers;
  for (const std::string& name : names) theirs.push_back(flattened(name));
  for (const std::string& name : theirs) modules.push_back(module_of(name));
  std::sort(modules.begin(), modules.end());
  modules.erase(std::unique(modules.begin(), modules.end()), modules.end());
  for (const std::string& name : ours)
    if (layers.empty() || layers.back() != layer_of(name)) layers.push_back(layer_of(name));
  std::map<std::string, std::string> layer_for;
  const auto before = [](const std::string& module) { return module.substr(0, module.size() - number_of(module).size()); };
  const bool by_order = modules.size() == layers.size() && std::all_of(modules.begin(), modules.end(), [&](const auto& module) {
                          return is_numbered(module) && before(module) == before(modules.front());
                        });
  if (by_order) {
    std::sort(modules.begin(), modules.end(), [](const std::string& one, const std::string& other) {
      return std::stoul(number_of(one)) < std::stoul(number_of(other));  // "10" comes after "9"
    });
    for (std::size_t i = 0; i < modules.size(); ++i) layer_for[modules[i]] = layers[i];
  }
  std::vector<std::string> result;
  for (const std::string& name : theirs) {
    const std::string module = module_of(name), rest = module.empty() ? name : name.substr(module.size() + 1);
    const auto found = layer_for.find(module);
    result.push_back(module.empty() ? rest : (found == layer_for.end() ? module : found->second) + "/" + rest);
  }
  return result;
}

}  // namespace treino::train
