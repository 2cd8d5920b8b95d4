// What is told apart by a plugin's kind, and what a description of a draft kind has to say.
#include "manifest/kind.hpp"

#include <set>

#include "manifest/sections.hpp"
#include "support/catch.hpp"

using namespace treino::manifest;

TEST_CASE("each kind is one row, with a name and a folder of its own") {
  std::set<Kind> seen;
  std::set<std::string> names, folders;
  for (const KindTraits& kind : kinds()) {
    seen.insert(kind.kind);
    names.insert(kind.name);
    folders.insert(kind.plural);
    CHECK(&traits(kind.kind) == &kind);
    CHECK(kind_named(kind.name) == kind.kind);
    CHECK((child_kind(kind.name) == kind.kind) == kind.child);
  }
  CHECK(seen.size() == kinds().size());
  CHECK(names.size() == kinds().size());
  CHECK(folders.size() == kinds().size());
  CHECK_FALSE(kind_named("filter"));
  CHECK_FALSE(child_kind("float"));
}

TEST_CASE("a manifest has one loss, one optimizer and one collective, and any number of the other kinds that it names") {
  CHECK(section_heading(Kind::loss) == "[loss]");
  CHECK(section_heading(Kind::metric) == "[[metric]]");
  CHECK(section_heading(Kind::collective) == "[collective]");
  CHECK(section_heading(Kind::optimizer) == "[optimizer]");
  CHECK(section_heading(Kind::reader) == "{ file = \"...\", format = \"...\" } in [data]");
  CHECK(section_heading(Kind::layer) == "{ plugin = \"...\" } among the layers of [model]");
  for (const KindTraits& kind : kinds()) {
    CHECK((section("manifest").find(kind.name) != nullptr) == (kind.sections == Sections::one || kind.sections == Sections::any));
    CHECK(section(kind.kind).find(kind.sections == Sections::files ? "format" : "plugin") != nullptr);
  }
}

TEST_CASE("only descriptions of a draft kind name a draft, and that of this host") {
  const KindTraits& loss = traits(Kind::loss);
  CHECK(fault_in_draft(loss, std::nullopt).empty());
  CHECK(fault_in_draft(loss, 1) == "a loss has no 'draft'");
  KindTraits draft;
  draft.name = "exporter";
  draft.draft = 2;
  CHECK(fault_in_draft(draft, 2).empty());
  CHECK(fault_in_draft(draft, std::nullopt) == "an exporter needs 'draft', which is 2 here");
  CHECK(fault_in_draft(draft, 1) == "an exporter of draft 1; this host speaks draft 2: build it against this host's SDK");
}
