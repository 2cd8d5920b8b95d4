// The section [data]: files, what they inherit, shares, scaling, class weights.
#include "support/catch.hpp"
#include "workshop.hpp"

using namespace treino::test;
using namespace treino::manifest;

namespace {

/// [data] as given here, everything else as in kDigits.
std::string with_data(const std::string& lines) {
  return replaced(kDigits, "train = { file = \"digits.csv\", target = \"label\", validation = 0.2 }\nbatch_size = 64", lines);
}

}  // namespace

TEST_CASE("a file is a path or a table, and every key of it is read") {
  const Workshop workshop;
  CHECK(workshop.read_good(with_data("train = \"digits.csv\"")).data.train->file.value == workshop.path("digits.csv").string());
  const FileSection file =
      *workshop
           .read_good(
               with_data("[data.train]\nfile = \"digits.csv\"\ntarget_file = \"more.csv\"\nformat = \"csv\"\nheader = true\n"
                         "delimiter = \"\\t\"\ntarget = [3, \"label\"]\nfeatures = 0\nskip_lines = 2\nmissing = \"mean\"\n"
                         "missing_markers = \"?\"\nfeature_key = \"xs\"\ntarget_key = \"ys\"\ntarget_kind = \"index\"\n"
                         "class_names = [\"a\", \"b\"]\nshape = [1, 8, 8]"))
           .data.train;
  CHECK(file.target_file.value == workshop.path("more.csv").string());
  CHECK(file.format.value == "csv");
  REQUIRE(file.target.size() == 2);
  CHECK(*file.target[0].as<std::int64_t>() == 3);
  CHECK(*file.target[1].as<std::string>() == "label");
  REQUIRE(file.features.size() == 1);
  CHECK(*file.features[0].as<std::int64_t>() == 0);
  CHECK(file.missing == "mean");
  CHECK(file.missing_markers == std::vector<std::string>{"?"});
  CHECK(file.target_kind == "index");
  CHECK(file.class_names == std::vector<std::string>{"a", "b"});
  CHECK(file.shape == std::vector<std::int64_t>{1, 8, 8});
  // The rest is the reader's.
  std::vector<std::string> keys;
  for (const Entry& entry : file.parameters) keys.push_back(entry.key);
  CHECK(keys == std::vector<std::string>{"header", "delimiter", "skip_lines", "feature_key", "target_key"});
}

TEST_CASE("what a file does not say of itself is left open or has its default") {
  const FileSection file = *Workshop().read_good(with_data("train = \"digits.csv\"")).data.train;
  CHECK(file.target_file.value.empty());
  CHECK(file.format.value.empty());
  CHECK(file.parameters.empty());
  CHECK(file.target.empty());
  CHECK(file.missing == "error");
  CHECK_FALSE(file.missing_markers);
  CHECK(file.target_kind.empty());
}

TEST_CASE("validation and test take from train what they do not say themselves, but not its file") {
  const Workshop workshop;
  const DataSection data =
      workshop
          .read_good(with_data("train = { file = \"digits.csv\", target_file = \"more.csv\", target = \"label\", delimiter = "
                               "\";\", missing = \"zero\" }\n"
                               "validation = \"more.csv\"\ntest = { file = \"more.csv\", delimiter = \"|\" }"))
          .data;
  REQUIRE(data.validation);
  CHECK(data.validation->file.value == workshop.path("more.csv").string());
  CHECK(data.validation->target_file.value.empty());
  CHECK(data.validation->target.size() == 1);
  CHECK(*find(data.validation->parameters, "delimiter")->as<std::string>() == ";");
  CHECK(data.validation->missing == "zero");
  REQUIRE(data.test);
  CHECK(*find(data.test->parameters, "delimiter")->as<std::string>() == "|");
  CHECK(data.test->target.size() == 1);
}

TEST_CASE("shares of train are split off, and a share excludes a file") {
  const Workshop workshop;
  const DataSection data =
      workshop.read_good(with_data("train = { file = \"digits.csv\", validation = 0.2, test = 0.1 }\nstratified = true")).data;
  CHECK(data.validation_fraction->value == 0.2);
  CHECK(data.test_fraction->value == 0.1);
  CHECK(data.stratified);
  CHECK(workshop.faults(with_data(
            "train = { file = \"digits.csv\", validation = 0.2, test = 0.1 }\nvalidation = \"more.csv\"\ntest = \"more.csv\"")) ==
        Lines{"train.toml:6:45: validation of [data] train: there is a validation file too, at train.toml:7:14",
              "train.toml:6:57: test of [data] train: there is a test file too, at train.toml:8:8"});
  CHECK(workshop.faults(with_data("train = { file = \"digits.csv\", validation = 0.5, test = 0.5 }")) ==
        Lines{"train.toml:6:57: test of [data] train: with validation it leaves nothing for training"});
  CHECK(
      workshop.faults(with_data("train = { file = \"digits.csv\", validation = 1 }")) ==
      Lines{"train.toml:6:45: validation of [data] train: expected a number greater than 0 and less than 1, got the integer 1"});
  CHECK(workshop.faults(with_data("train = \"digits.csv\"\nvalidation = 0.2")) ==
        Lines{"train.toml:7:14: validation of [data]: expected a path or a table { file = \"...\" }, got the float 0.2 "
              "(a share is split off by train = { ..., validation = ... })"});
  CHECK(workshop.faults(with_data("train = \"digits.csv\"\nvalidation = { file = \"more.csv\", test = 0.2 }")).size() == 1);
  CHECK(workshop.faults(with_data("train = \"digits.csv\"\nstratified = true")) ==
        Lines{"train.toml:7:14: stratified of [data]: nothing is split off; train = { ..., validation = 0.2 } would"});
}

TEST_CASE("scaling is by name or by a constant, not both") {
  const Workshop workshop;
  CHECK(workshop.read_good(with_data("train = \"digits.csv\"\nscaling = \"min_max\"")).data.scaling == "min_max");
  CHECK(workshop.read_good(with_data("train = \"digits.csv\"\nscale = 0.0625")).data.scale == 0.0625);
  CHECK(workshop.read_good(with_data("train = \"digits.csv\"\nscale = 2\nscaling = \"none\"")).data.scale == 2.0);
  CHECK(workshop.faults(with_data("train = \"digits.csv\"\nscaling = \"min_max\"\nscale = 2")) ==
        Lines{"train.toml:8:9: scale of [data]: the features are scaled already, by scaling = \"min_max\""});
  CHECK(workshop.faults(with_data("train = \"digits.csv\"\nscale = 0")) ==
        Lines{"train.toml:7:9: scale of [data]: a factor of 0 leaves nothing of the features"});
}

TEST_CASE("class weights are balanced or a table of numbers of at least 0") {
  const Workshop workshop;
  CHECK(workshop.read_good(with_data("train = \"digits.csv\"\nclass_weights = \"balanced\"")).data.balanced);
  const DataSection data =
      workshop.read_good(with_data("train = \"digits.csv\"\nclass_weights = { cat = 2, \"a b\" = 0.5 }")).data;
  CHECK_FALSE(data.balanced);
  CHECK(data.class_weights == std::vector<std::pair<std::string, double>>{{"cat", 2.0}, {"a b", 0.5}});
  CHECK(workshop.without_folder(to_text(data.class_weights_location)) == "train.toml:7:17");
  CHECK(workshop.faults(with_data("train = \"digits.csv\"\nclass_weights = { cat = -1, dog = \"x\" }")) ==
        Lines{"train.toml:7:25: weight of the class 'cat': expected a number of at least 0, got the integer -1",
              "train.toml:7:35: weight of the class 'dog': expected a number of at least 0, got the string \"x\""});
  CHECK(workshop.faults(with_data("train = \"digits.csv\"\nclass_weights = \"balance\"")) ==
        Lines{"train.toml:7:17: class_weights of [data]: expected \"balanced\" or a table { <class> = <weight>, ... }, got the "
              "string \"balance\""});
}

TEST_CASE("every file or folder that is named must be there: what it has to be, its reader says") {
  const Workshop workshop;
  std::filesystem::create_directory(workshop.path("d"));
  CHECK(
      workshop.faults(with_data("train = { file = \"d\", target_file = \"t.csv\" }\nvalidation = \"v.csv\"\ntest = \"w.csv\"")) ==
      Lines{"train.toml:6:37: target_file of [data] train: t.csv does not exist",
            "train.toml:7:14: file of [data] validation: v.csv does not exist",
            "train.toml:8:8: file of [data] test: w.csv does not exist"});
}

TEST_CASE("a wrong key of a file is reported once, also where other files would inherit it") {
  CHECK(Workshop().faults(
            with_data("train = { file = \"digits.csv\", missing = \"drop\", shape = 0 }\nvalidation = \"more.csv\"")) ==
        Lines{"train.toml:6:42: missing of [data] train: expected one of \"error\", \"skip_row\", \"zero\", \"mean\", got the "
              "string \"drop\"",
              "train.toml:6:58: shape of [data] train: expected an integer of at least 1, got the integer 0"});
}

TEST_CASE("data without train, and keys of the wrong type, are faults") {
  const Workshop workshop;
  CHECK(workshop.faults(with_data("")) == Lines{"train.toml:5:1: [data] needs the key 'train': the training file: a path, or a "
                                                "table { file = \"...\", target = \"...\", ... }"});
  CHECK(workshop.faults(with_data("train = 3")) ==
        Lines{"train.toml:6:9: train of [data]: expected a path or a table { file = \"...\" }, got the integer 3"});
  CHECK(workshop.faults(with_data("train = {}")) ==
        Lines{"train.toml:6:9: [data] train needs the key 'file', a path, as a string: path, relative to the manifest"});
  CHECK(workshop.faults(with_data("train = { file = \"digits.csv\", target = [-1, \"\", 2.5] }")) ==
        Lines{"train.toml:6:46: element 2 of target of [data] train: expected a column's number or name, got the string \"\"",
              "train.toml:6:50: element 3 of target of [data] train: expected a column's number or name, got the float 2.5"});
  CHECK(workshop.faults(with_data("train = \"digits.csv\"\nbatch_size = 0\nshuffle = 1")) ==
        Lines{"train.toml:7:14: batch_size of [data]: expected an integer of at least 1, got the integer 0",
              "train.toml:8:11: shuffle of [data]: expected true or false, got the integer 1"});
}
