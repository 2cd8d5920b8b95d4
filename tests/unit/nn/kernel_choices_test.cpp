// Choices are made for the shapes that a model has, kept as text, and kept to.
#include "nn/kernel_choices.hpp"

#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

constexpr ProductKernel each_kernel[] = {ProductKernel::own, ProductKernel::own_in_parts, ProductKernel::onednn,
                                         ProductKernel::onednn_in_parts, ProductKernel::onednn_threads};

KernelChoices choices_of(std::initializer_list<ProductShape> shapes, ProductKernel kernel) {
  KernelChoices choices;
  for (const ProductShape& shape : shapes) choices.set(shape, kernel);
  return choices;
}

}  // namespace

TEST_CASE("choices are read as they were written, and nothing else is") {
  KernelChoices choices;
  int number = 0;
  for (const ProductKernel kernel : each_kernel) {
    ++number;
    choices.set({number, 20, 30, number % 2 == 0, number % 3 == 0}, kernel);
  }
  const std::string text = choices.to_text();
  CHECK(text.find("1 20 30 plain plain own\n") == 0);
  const auto read = KernelChoices::from_text(text);
  REQUIRE(read);
  CHECK(read->to_text() == text);
  CHECK(read->count() == 5);
  CHECK(read->find({3, 20, 30, false, true}) == ProductKernel::onednn);
  CHECK_FALSE(read->find({3, 20, 30, true, true}));
  CHECK(KernelChoices::from_text("")->count() == 0);
  for (const char* bad :
       {"1 20 30 plain plain", "1 20 30 plain plain own more", "1 20 30 plane plain own", "1 20 30 plain plain ours",
        "1 x 30 plain plain own", "\n", "99999999999999999999 1 1 plain plain own"}) {
    INFO(bad);
    CHECK_FALSE(KernelChoices::from_text(bad));
  }
}

TEST_CASE("a model's kernels are measured for the batches it trains and evaluates, and for what is not known") {
  const Model model({dense(300), layer("relu"), dense(8)}, {500}, 40, 1);
  const KernelChoices measured = model.measure_kernels({}, 32, 40);
  for (const ProductShape& shape : {ProductShape{32, 300, 500, false, false},
                                    {500, 300, 32, true, false},
                                    {32, 500, 300, false, true},
                                    {40, 300, 500, false, false}})
    CHECK(measured.find(shape));
  CHECK(measured.count() == 4);  // the others are smaller than what is worth choosing
  CHECK(model.measure_kernels(measured, 32, 40).count() == 0);
  CHECK(model.measure_kernels(measured, 33, 40).count() == 3);
  const Model small({dense(32), layer("relu"), dense(10)}, {64}, 32, 1);
  CHECK(small.measure_kernels({}, 32, 32).count() == 0);
}

TEST_CASE("shapes of sequences and of shards are those that are multiplied") {
  const LayerSpec lstm = with(layer("lstm"), "units", std::int64_t{64});
  const Model model({lstm, dense(3)}, {10, 48}, 16, 1);
  const KernelChoices measured = model.measure_kernels({}, 16, 0);
  for (const ProductShape& shape : {ProductShape{160, 256, 48, false, true},
                                    {256, 48, 160, true, false},
                                    {160, 48, 256, false, false},
                                    {16, 256, 64, false, true},
                                    {16, 64, 256, false, false},
                                    {256, 64, 144, true, false}})
    CHECK(measured.find(shape));
  CHECK(measured.count() == 6);
  const Model divided({dense(300)}, {500}, 30, 1, 1, InitialValues::drawn, {4, nullptr});
  const KernelChoices of_shards = divided.measure_kernels({}, 30, 0);
  for (const std::int64_t rows : {7, 8}) CHECK(of_shards.find({rows, 300, 500, false, false}));
  CHECK(of_shards.count() == 6);
}

TEST_CASE("where time is over, the fixed rule's kernels are chosen") {
  const std::vector<ProductShape> shapes{{512, 256, 128, true, false}, {1, 512, 512, false, true}, {64, 256, 256, false, false}};
  const KernelChoices choices = measure_kernels(shapes, {}, 2, 0);
  CHECK(choices.count() == 3);
  for (const ProductShape& shape : shapes) CHECK(choices.find(shape) == fixed_kernel(shape, 2));
}

TEST_CASE("a model computes its products as chosen, from the next pass on") {
  constexpr std::int64_t rows = 16, columns = 40, inner = 3000;
  Model model({dense(columns)}, {inner}, rows, 1);
  const std::vector<float> x = normal_numbers(rows * inner, 5);
  const auto output = [&] { return copy_of(model.forward(x.data(), rows, Mode::infer)); };
  const ProductShape shape{rows, columns, inner, false, false};
  // They add in different orders.
  model.use_kernels(choices_of({shape}, ProductKernel::own));
  const std::vector<float> own = output();
  model.use_kernels(choices_of({shape}, ProductKernel::onednn));
  CHECK(model.chosen_kernels().to_text() == "16 40 3000 plain plain onednn\n");
  CHECK(output() != own);
  model.use_kernels(choices_of({shape}, ProductKernel::own));
  CHECK(output() == own);
}

TEST_CASE("what was measured is of this processor, number of threads and oneDNN") {
  CHECK(kernel_choices_key(1) != kernel_choices_key(2));
  CHECK(kernel_choices_key(2).find(", 2 threads, oneDNN ") != std::string::npos);
}
