// One primitive, whose operands differ in their type of number alone.
#include "nn/onednn/matmul.hpp"

#include <stdexcept>
#include <utility>
#include <vector>

#include "nn/onednn/onednn.hpp"

namespace treino::nn {

using namespace onednn;

namespace {

memory::desc strided(std::int64_t rows, std::int64_t columns, std::int64_t row_step, std::int64_t column_step,
                     memory::data_type type) {
  return {memory::dims{rows, columns}, type, memory::dims{row_step, column_step}};
}

dnnl::matmul::primitive_desc matmul_plan(const Product& product, memory::data_type type) {
  const memory::desc a = strided(product.rows, product.inner, product.a_row, product.a_inner, type);
  const memory::desc b = strided(product.inner, product.columns, product.b_inner, product.b_column, type);
  const memory::desc c = strided(product.rows, product.columns, product.columns, 1, memory::data_type::f32);
  dnnl::primitive_attr attributes = scratchpad_by_us();
  if (product.add) {
    dnnl::post_ops sum;
    sum.append_sum(1.0f);
    attributes.set_post_ops(sum);
  }
  if (product.bias == nullptr) return plan_with<dnnl::matmul>(attributes, a, b, c);
  return plan_with<dnnl::matmul>(attributes, a, b, strided(1, product.columns, product.columns, 1, memory::data_type::f32), c);
}

}  // namespace

struct Matmul::Plan {
  Plan(const Product& shape, memory::data_type type) : product(shape) {
    const dnnl::matmul::primitive_desc plan = matmul_plan(shape, type);
    if (!plan) throw std::runtime_error("oneDNN has no way to compute a matrix product of these sizes");
    a = memory(plan.src_desc(), engine(), nullptr);
    b = memory(plan.weights_desc(), engine(), nullptr);
    c = memory(plan.dst_desc(), engine(), nullptr);
    std::vector<std::pair<int, memory>> arguments{{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}};
    if (shape.bias != nullptr) {
      bias = memory(plan.bias_desc(), engine(), nullptr);
      arguments.emplace_back(DNNL_ARG_BIAS, bias);
    }
    operation = Operation(dnnl::matmul(plan), plan.scratchpad_desc(), scratch, std::move(arguments));
  }

  Product product;  // its sizes and steps; no array of it is read
  Scratch scratch;
  memory a, b, c, bias;
  Operation operation;
  dnnl::stream stream{engine()};
};

Matmul::Matmul(const Product& product, Operands operands)
    : plan_(std::make_unique<Plan>(product, operands == Operands::bf16 ? memory::data_type::bf16 : memory::data_type::f32)) {}
Matmul::~Matmul() = default;
Matmul::Matmul(Matmul&&) noexcept = default;
Matmul& Matmul::operator=(Matmul&&) noexcept = default;

bool Matmul::is_for(const Product& product) const {
  const Product& own = plan_->product;
  return own.rows == product.rows && own.columns == product.columns && own.inner == product.inner && own.a_row == product.a_row &&
         own.a_inner == product.a_inner && own.b_inner == product.b_inner && own.b_column == product.b_column &&
         own.add == product.add && (own.bias == nullptr) == (product.bias == nullptr);
}

std::size_t Matmul::scratch() const { return plan_->scratch.bytes(); }

void Matmul::run(const void* a, const void* b, float* c, const float* bias, std::byte* scratch) {
  plan_->scratch.bind(scratch);
  // oneDNN takes no constant pointers; operands are not written to.
  plan_->a.set_data_handle(const_cast<void*>(a));
  plan_->b.set_data_handle(const_cast<void*>(b));
  plan_->c.set_data_handle(c);
  if (bias != nullptr) plan_->bias.set_data_handle(const_cast<float*>(bias));
  plan_->operation.run(plan_->stream);
}

}  // namespace treino::nn
