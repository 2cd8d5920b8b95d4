// ONNX files in OpenCV's dnn, where the tests were configured with it.
#include "exported.hpp"

#ifdef WITH_OPENCV
#include <opencv2/dnn.hpp>
#include <sstream>
#endif

namespace treino::test {

#ifdef WITH_OPENCV

std::optional<Rows> computed_by_opencv(const Workshop& workshop, const std::string& run, const std::string& file,
                                       const nn::Shape& sample) {
  const std::vector<std::string> samples = lines(read_text(workshop / (run + ".csv")));
  std::vector<int> shape = {static_cast<int>(samples.size())};
  for (const std::int64_t length : sample) shape.push_back(static_cast<int>(length));
  cv::Mat input(shape, CV_32F);
  auto* to = input.ptr<float>();
  for (const std::string& line : samples) {
    std::istringstream text(line);
    for (std::string number; std::getline(text, number, ',');) *to++ = std::stof(number);
  }
  cv::dnn::Net net = cv::dnn::readNetFromONNX((workshop / file).string());
  net.setInput(input);
  const cv::Mat output = net.forward();
  Rows rows;
  for (int row = 0; row < output.rows; ++row) rows.emplace_back(output.ptr<float>(row), output.ptr<float>(row) + output.cols);
  return rows;
}

#else

std::optional<Rows> computed_by_opencv(const Workshop&, const std::string&, const std::string&, const nn::Shape&) {
  return std::nullopt;
}

#endif

}  // namespace treino::test
