// Kind and id without parsing, and when only parsing can tell.
#include "manifest/description_head.hpp"

#include "manifest/description.hpp"
#include "support/catch.hpp"

using treino::manifest::kind_and_id;

namespace {

using Name = std::pair<std::string, std::string>;

}  // namespace

TEST_CASE("kind and id are read from the first lines, whatever comes after") {
  CHECK(kind_and_id("kind = \"loss\"\nid = \"mse\"\n") == Name("loss", "mse"));
  CHECK(kind_and_id("\n  # what it is\n\tid\t=\"mse\" # its name\nversion = \"1\"\n\nkind=\"loss\"\n= = not TOML") ==
        Name("loss", "mse"));
}

TEST_CASE("kind and id written in any other way need a parse") {
  for (const char* text : {
           "",
           "kind = \"loss\"\n",
           "kind = \"loss\"\nid = \"mse",
           "kind = \"loss\"\nid = \"mse\"",
           "kind = 'loss'\nid = \"mse\"\n",
           "\"kind\" = \"loss\"\nid = \"mse\"\n",
           "kind.x = \"loss\"\nid = \"mse\"\n",
           "kind = \"\"\"loss\"\"\"\nid = \"mse\"\n",
           "kind = \"lo\\u0073s\"\nid = \"mse\"\n",
           "kind = \"loss\" id = \"mse\"\nid = \"mse\"\n",
           "kind = \"loss\"\r\nid = \"mse\"\r\n",
           "state_version = 1\nkind = \"loss\"\nid = \"mse\"\n",
           "[other]\nkind = \"loss\"\nid = \"mse\"\n",
           "help = \"\"\"\nkind = \"loss\"\nid = \"mse\"\n\"\"\"\n",
           "\xef\xbb\xbfkind = \"loss\"\nid = \"mse\"\n",
           "= \"loss\"\nkind = \"loss\"\nid = \"mse\"\n",
           "kind\nid = \"mse\"\n",
       }) {
    CAPTURE(text);
    CHECK_FALSE(kind_and_id(text));
  }
}
