// ONNX files in OpenCV's dnn, where the tests were configured with it.
#include "exported.hpp"

#ifdef WITH_OPENCV
#include <opencv2/dnn.hpp>
#include <sstream>
#endif

namespace treino::test {

#ifdef WITH_OPENCV

namespace {

/// Of the samples, the numbers from `first` on.
cv::Mat input_of(const Rows& samples, std::size_t first, const nn::Shape& sample) {
  std::vector<int> shape = {static_cast<int>(samples.size())};
  for (const std::int64_t length : sample) shape.push_back(static_cast<int>(length));
  cv::Mat input(shape, CV_32F);
  auto* to = input.ptr<float>();
  for (const std::vector<double>& row : samples)
    for (std::size_t i = 0; i < static_cast<std::size_t>(nn::size_of(sample)); ++i) *to++ = static_cast<float>(row[first + i]);
  return input;
}

}  // namespace

std::optional<Rows> computed_by_opencv(const Workshop& workshop, const std::string& run, const std::string& file,
                                       const Network& network) {
  Rows samples;
  for (const std::string& line : lines(read_text(workshop / (run + ".csv")))) {
    std::istringstream text(line);
    samples.emplace_back();
    for (std::string number; std::getline(text, number, ',');) samples.back().push_back(std::stod(number));
  }
  cv::dnn::Net net = cv::dnn::readNetFromONNX((workshop / file).string());
  if (network.inputs.empty()) net.setInput(input_of(samples, 0, network.sample));
  std::size_t first = 0;
  for (const NamedInput& input : network.inputs) {
    net.setInput(input_of(samples, first, input.shape), input.name);
    first += static_cast<std::size_t>(nn::size_of(input.shape));
  }
  const cv::Mat output = net.forward();
  Rows rows;
  for (int row = 0; row < output.rows; ++row) rows.emplace_back(output.ptr<float>(row), output.ptr<float>(row) + output.cols);
  return rows;
}

#else

std::optional<Rows> computed_by_opencv(const Workshop&, const std::string&, const std::string&, const Network&) {
  return std::nullopt;
}

#endif

}  // namespace treino::test
