// The keys of descriptions, as section_texts.hpp has those of manifests. The choices that are names of kinds are added by sections.cpp.
#pragma once
#include <treino/abi/callback.h>

#include <string_view>

namespace treino::manifest {

#define TREINO_QUOTED(NAME, name, number) "\"" #name "\", "

inline constexpr std::string_view kDescriptionTexts = R"toml(
[[type]]
kind = "section"
id = "description"
summary = "how a plugin describes itself"
[type.parameters]
kind = { type = "string", required = true }
draft = { type = "int", min = 1 }
id = { type = "string", required = true }
version = { type = "string", required = true }
summary = { type = "string", required = true }
help = { type = "string" }
phase = { type = "string", choices = ["mutate", "measure", "decide", "act", "persist", "report"] }
events = { type = "list", items = "string", choices = [)toml" TREINO_EACH_EVENT(TREINO_QUOTED) R"toml(] }
scalars = { type = "list", items = "string" }
no_direction = { type = "bool", default = false }
needs = { type = "list", items = "string", choices = ["layers", "trial_steps", "freezing", "statistics"] }
ranks = { type = "string", choices = ["all"] }
unit = { type = "string", choices = ["step", "epoch"] }
target = { type = "list", items = "string", choices = ["index", "one_hot", "values"] }
files = { type = "list", items = "string" }
magic = { type = "list", items = "string" }
inputs = { type = "list", items = "int", scalar = true, min = 1, max = 64 }
closure = { type = "bool", default = false }
state_version = { type = "int", default = 1, min = 1, max = 4294967295 }
parameters = { type = "table" }

[[type]]
kind = "section"
id = "type_description"
summary = "how a layer describes itself"
[type.parameters]
id = { type = "string", required = true }
version = { type = "string" }
summary = { type = "string", required = true }
help = { type = "string" }
parameters = { type = "table" }

[[type]]
kind = "section"
id = "parameter"
summary = "one parameter of a description"
[type.parameters]
type = { type = "string", required = true, choices = [
  "bool", "int", "float", "string", "list", "table", "monitor", "output", "input"] }
items = { type = "string", choices = ["bool", "int", "float", "string", "table", "monitor", "output", "input"] }
scalar = { type = "bool", default = false }
required = { type = "bool", default = false }
default = { type = "any" }
min = { type = "float" }
max = { type = "float" }
above = { type = "float" }
below = { type = "float" }
choices = { type = "list", items = "string" }
placeholders = { type = "bool", default = false }
folder = { type = "bool", default = false }
needs_trust = { type = "bool", default = false }
needs = { type = "string", choices = ["layers", "trial_steps", "freezing", "statistics"] }
or = { type = "string", choices = ["int"] }
doc = { type = "string" }
)toml";

#undef TREINO_QUOTED

}  // namespace treino::manifest
