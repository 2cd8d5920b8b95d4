// Composes mails: plain text and the same as HTML, with a table of the scalars and pictures of their curves.
#include "letter.hpp"

#include <algorithm>
#include <array>
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>

#include "picture.hpp"
#include "shared/drawing/text_table.hpp"
#include "shared/files/csv.hpp"
#include "shared/network/mail.hpp"

namespace email {

namespace {

/// The scalars that have a value now or had one: name, last value, best one and its epoch.
std::vector<std::array<std::string, 3>> figures(const News& news) {
  std::vector<std::array<std::string, 3>> rows;
  for (const treino::LearningCurve& curve : news.curves.all()) {
    if (curve.empty()) continue;
    const auto last = curve.current();
    const auto best = curve.best();
    rows.push_back(
        {curve.name, last ? treino::short_text(*last) : "",
         best ? treino::short_text(curve.values[*best]) + " (epoch " + std::to_string(news.curves.epochs()[*best] + 1) + ")"
              : ""});
  }
  return rows;
}

std::vector<std::string> opening(const News& news, const std::string& run, const std::string& folder) {
  const std::string where =
      "epoch " + std::to_string(news.epoch) + " of " + std::to_string(news.epochs) + ", " + std::to_string(news.step) + " steps";
  std::vector<std::string> lines = {"Run " + run + ": " + where};
  if (!news.reason.empty()) lines.push_back(news.reason);
  lines.push_back("Folder: " + folder);
  return lines;
}

std::string plain(const News& news, const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\r\n";
  text += "\r\n";
  std::size_t width = 0, middle = 4;
  for (const auto& row : figures(news)) {
    width = std::max(width, treino::width_of(row[0]));
    middle = std::max(middle, treino::width_of(row[1]));
  }
  const auto add = [&](const std::string& name, const std::string& last, const std::string& best) {
    text += treino::left_aligned(name, width + 2) + (best.empty() ? last : treino::left_aligned(last, middle + 2) + best);
    text += "\r\n";
  };
  add("", "last", "best");
  for (const auto& row : figures(news)) add(row[0], row[1], row[2]);
  return text;
}

/// The table, and below it the pictures; they come with the mail, under the names that `mail` gets here.
std::string page(const News& news, const std::vector<std::string>& lines, bool with_pictures, Mail& mail) {
  std::string html = "<!DOCTYPE html><html><body style=\"font-family:sans-serif\">\r\n";
  for (const std::string& line : lines) html += "<p>" + treino::escaped(line) + "</p>\r\n";
  html += "<table cellpadding=\"4\"><tr><th></th><th>last</th><th>best</th></tr>\r\n";
  for (const auto& row : figures(news))
    html += "<tr><td>" + treino::escaped(row[0]) + "</td><td>" + row[1] + "</td><td>" + row[2] + "</td></tr>\r\n";
  html += "</table>\r\n";
  for (const treino::LearningCurve& curve : news.curves.all()) {
    if (!with_pictures || mail.pictures.size() == 4) break;  // a small picture, not a report
    std::vector<const treino::LearningCurve*> shown = {&curve};
    bool drawn = false;
    for (const treino::LearningCurve& other : news.curves.all()) {
      if (other.name == "val_" + curve.name) shown.push_back(&other);
      if ("val_" + other.name == curve.name) drawn = true;
    }
    const std::string drawing = drawn || news.curves.epochs().empty() ? "" : picture(shown, news.curves.epochs());
    if (drawing.empty()) continue;
    const std::string name = "curves-" + std::to_string(mail.pictures.size() + 1);
    html += "<p><span style=\"color:#1f77b4\">" + treino::escaped(curve.name) + "</span>";
    if (shown.size() > 1) html += " <span style=\"color:#ff7f0e\">" + treino::escaped(shown[1]->name) + "</span>";
    html += "<br><img src=\"cid:" + name + "@treino\" width=\"" + std::to_string(picture_width) + "\" height=\"" +
            std::to_string(picture_height) + "\" alt=\"" + treino::escaped(curve.name) + "\"></p>\r\n";
    mail.names.push_back(name);
    mail.pictures.push_back(drawing);
  }
  return html + "</body></html>\r\n";
}

std::string table(const News& news) {
  std::vector<std::string> names = {"epoch"};
  for (const treino::LearningCurve& curve : news.curves.all()) names.push_back(curve.name);
  std::string text = treino::csv_line(names, ',', "\r\n");
  for (std::size_t i = 0; i < news.curves.epochs().size(); ++i) {
    std::vector<std::string> fields = {std::to_string(news.curves.epochs()[i])};
    for (const treino::LearningCurve& curve : news.curves.all())
      fields.push_back(curve.there[i] != 0 ? treino::exact_text(curve.values[i]) : "");
    text += treino::csv_line(fields, ',', "\r\n");
  }
  return text;
}

}  // namespace

std::string Mail::packed() const {
  treino::Writer writer;
  for (const std::string* part : {&subject, &date, &text, &html, &csv}) writer.write(*part);
  writer.write(names);
  writer.write(pictures);
  return {reinterpret_cast<const char*>(writer.bytes().data()), writer.bytes().size()};
}

Mail Mail::unpacked(const std::string& bytes) {
  treino::Reader reader(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  Mail mail;
  for (std::string* part : {&mail.subject, &mail.date, &mail.text, &mail.html, &mail.csv}) reader.read(*part);
  reader.read(mail.names);
  reader.read(mail.pictures);
  reader.finish();
  return mail;
}

Mail mail_about(const News& news, const Form& form) {
  const std::vector<std::string> lines = opening(news, form.run, form.folder);
  Mail mail;
  mail.subject = news.subject;
  mail.date = treino::mail_date();
  mail.text = plain(news, lines);
  mail.html = page(news, lines, form.pictures, mail);
  if (form.csv) mail.csv = table(news);
  return mail;
}

}  // namespace email
