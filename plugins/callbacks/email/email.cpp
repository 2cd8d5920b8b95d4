// Mails how the run goes: its end, a failure, a new best value, every so many epochs, with a table of the numbers, a picture of
// the curves and, if asked, all numbers as CSV. Sent over SMTP by a thread of its own; what no server takes is kept and sent
// later.
#include <curl/curl.h>
#include <png.h>
#include <sys/socket.h>

#include <algorithm>
#include <treino/callback.hpp>
#include "shared/drawing/canvas.hpp"
#include "shared/files/csv.hpp"
#include "shared/network/delivery.hpp"
#include "shared/network/mail.hpp"
#include <treino/monitor.hpp>

namespace {

using treino::Attempt;
using treino::Event;
using treino::short_text;
using Milliseconds = std::chrono::milliseconds;

// ---- What is told
// -------------------------------------------------------------------------------------------------------------------

/// One number of the run, epoch by epoch; NaN and `there` false where it had no value.
struct Series {
  std::string name;
  treino::Direction direction = treino::Direction::none;
  std::vector<double> values;
  std::vector<unsigned char> there;

  std::optional<double> last() const {
    return there.empty() || there.back() == 0 ? std::nullopt : std::optional<double>(values.back());
  }
  /// Its index; empty where the number does not say which way is better.
  std::optional<std::size_t> best() const {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < values.size() && direction != treino::Direction::none; ++i) {
      if (there[i] == 0 || std::isnan(values[i])) continue;
      const bool better =
          !best || (direction == treino::Direction::lower ? values[i] < values[*best] : values[i] > values[*best]);
      if (better) best = i;
    }
    return best;
  }
};

/// What the training thread hands over: all that a mail is made of.
struct News {
  std::string subject, reason;
  std::uint64_t epoch = 0, epochs = 0, step = 0;
  bool end = false;                        // of a part of the run; else an epoch's
  std::vector<std::uint64_t> epochs_told;  // of the series' values
  std::vector<Series> series;
};

/// A mail as it lies in the spool.
struct Mail {
  std::string subject, date, text, html, csv;
  std::vector<std::string> names, pictures;  // PNG

  std::string packed() const {
    treino::Writer writer;
    for (const std::string* part : {&subject, &date, &text, &html, &csv}) writer.write(*part);
    writer.write(names);
    writer.write(pictures);
    return {reinterpret_cast<const char*>(writer.bytes().data()), writer.bytes().size()};
  }
  static Mail unpacked(const std::string& bytes) {
    treino::Reader reader(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    Mail mail;
    for (std::string* part : {&mail.subject, &mail.date, &mail.text, &mail.html, &mail.csv}) reader.read(*part);
    reader.read(mail.names);
    reader.read(mail.pictures);
    reader.finish();
    return mail;
  }
};

// ---- Pictures
// -----------------------------------------------------------------------------------------------------------------------

constexpr treino::Colour grey{200, 200, 200}, blue{31, 119, 180}, orange{255, 127, 14};

std::string png(const treino::Canvas& canvas) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(canvas.width());
  image.height = static_cast<png_uint_32>(canvas.height());
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  std::string bytes;
  for (int pass = 0; pass < 2; ++pass) {  // the first finds out the size
    if (png_image_write_to_memory(&image, bytes.empty() ? nullptr : bytes.data(), &size, 0, canvas.pixels(), 0, nullptr) == 0)
      throw std::runtime_error(image.message);
    bytes.resize(size);
  }
  return bytes;
}

/// A number over the epochs, in blue, and the validation's of the same name, in orange. "" where there is nothing to draw.
std::string curves(const std::vector<const Series*>& shown, const std::vector<std::uint64_t>& epochs) {
  constexpr int width = 480, height = 180, left = 104, right = 12, top = 12, bottom = 24;
  double low = INFINITY, high = -INFINITY;
  for (const Series* series : shown)
    for (std::size_t i = 0; i < series->values.size(); ++i)
      if (series->there[i] != 0 && std::isfinite(series->values[i])) {
        low = std::min(low, series->values[i]);
        high = std::max(high, series->values[i]);
      }
  if (low > high) return "";
  const double range = high > low && std::isfinite(high - low) ? high - low : 1;
  treino::Canvas canvas(width, height);
  for (int x = left; x < width - right; ++x)
    for (const int y : {top, height - bottom}) canvas.dot(x, y, grey);
  for (int y = top; y <= height - bottom; ++y)
    for (const int x : {left, width - right - 1}) canvas.dot(x, y, grey);
  canvas.number(4, top - 4, short_text(high));
  canvas.number(4, height - bottom - 6, short_text(low));
  canvas.number(left, height - 16, std::to_string(epochs.front() + 1));
  const std::string last = std::to_string(epochs.back() + 1);
  canvas.number(width - right - 8 * static_cast<int>(last.size()), height - 16, last);
  const auto x = [&](std::size_t i) {
    const double share = epochs.size() < 2 ? 0.5 : static_cast<double>(i) / static_cast<double>(epochs.size() - 1);
    return left + 3 + share * (width - left - right - 8);
  };
  const auto y = [&](double value) { return height - bottom - 3 - (value - low) / range * (height - top - bottom - 8); };
  for (std::size_t which = 0; which < shown.size(); ++which) {
    std::optional<std::size_t> before;
    for (std::size_t i = 0; i < epochs.size(); ++i) {
      if (shown[which]->there[i] == 0 || !std::isfinite(shown[which]->values[i])) continue;
      const std::size_t from = before.value_or(i);
      canvas.line(x(from), y(shown[which]->values[from]), x(i), y(shown[which]->values[i]), which == 0 ? blue : orange);
      before = i;
    }
  }
  return png(canvas);
}

// ---- The mail's text
// ----------------------------------------------------------------------------------------------------------------

/// The numbers that have a value now or had one: name, last value, best one and its epoch.
std::vector<std::array<std::string, 3>> figures(const News& news) {
  std::vector<std::array<std::string, 3>> rows;
  for (const Series& series : news.series) {
    if (std::none_of(series.there.begin(), series.there.end(), [](unsigned char there) { return there != 0; })) continue;
    const auto last = series.last();
    const auto best = series.best();
    rows.push_back(
        {series.name, last ? short_text(*last) : "",
         best ? short_text(series.values[*best]) + " (epoch " + std::to_string(news.epochs_told[*best] + 1) + ")" : ""});
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
    width = std::max(width, row[0].size());
    middle = std::max(middle, row[1].size());
  }
  const auto add = [&](const std::string& name, const std::string& last, const std::string& best) {
    text += name + std::string(width - name.size() + 2, ' ') + last;
    if (!best.empty()) text += std::string(middle - last.size() + 2, ' ') + best;
    text += "\r\n";
  };
  add("", "last", "best");
  for (const auto& row : figures(news)) add(row[0], row[1], row[2]);
  return text;
}

/// The table, and below it the pictures; they come with the mail, under the names that `mail` gets here.
std::string page(const News& news, const std::vector<std::string>& lines, Mail& mail) {
  std::string html = "<!DOCTYPE html><html><body style=\"font-family:sans-serif\">\r\n";
  for (const std::string& line : lines) html += "<p>" + treino::html_text(line) + "</p>\r\n";
  html += "<table cellpadding=\"4\"><tr><th></th><th>last</th><th>best</th></tr>\r\n";
  for (const auto& row : figures(news))
    html += "<tr><td>" + treino::html_text(row[0]) + "</td><td>" + row[1] + "</td><td>" + row[2] + "</td></tr>\r\n";
  html += "</table>\r\n";
  for (const Series& series : news.series) {
    if (mail.pictures.size() == 4) break;  // a small picture, not a report
    std::vector<const Series*> shown = {&series};
    bool drawn = false;
    for (const Series& other : news.series) {
      if (other.name == "val_" + series.name) shown.push_back(&other);
      if ("val_" + other.name == series.name) drawn = true;
    }
    const std::string picture = drawn || news.epochs_told.empty() ? "" : curves(shown, news.epochs_told);
    if (picture.empty()) continue;
    const std::string name = "curves-" + std::to_string(mail.pictures.size() + 1);
    html += "<p><span style=\"color:#1f77b4\">" + treino::html_text(series.name) + "</span>";
    if (shown.size() > 1) html += " <span style=\"color:#ff7f0e\">" + treino::html_text(shown[1]->name) + "</span>";
    html += "<br><img src=\"cid:" + name + "@treino\" width=\"480\" height=\"180\" alt=\"" + treino::html_text(series.name) +
            "\"></p>\r\n";
    mail.names.push_back(name);
    mail.pictures.push_back(picture);
  }
  return html + "</body></html>\r\n";
}

std::string table(const News& news) {
  std::vector<std::string> names = {"epoch"};
  for (const Series& series : news.series) names.push_back(series.name);
  std::string text = treino::csv_line(names, ',', "\r\n");
  for (std::size_t i = 0; i < news.epochs_told.size(); ++i) {
    std::vector<std::string> fields = {std::to_string(news.epochs_told[i])};
    for (const Series& series : news.series) fields.push_back(series.there[i] != 0 ? treino::exact_text(series.values[i]) : "");
    text += treino::csv_line(fields, ',', "\r\n");
  }
  return text;
}

// ---- SMTP
// ---------------------------------------------------------------------------------------------------------------------------

struct Server {
  std::string url, shown, user, password, authority;
  bool starttls = false;
  treino::MailAddress from;
  std::vector<treino::MailAddress> to;
};

/// One mail over one connection.
class Smtp {
 public:
  explicit Smtp(const Server& server) : server_(server), handle_(curl_easy_init()) {
    if (handle_ == nullptr) throw std::runtime_error("libcurl cannot be started");
  }
  Smtp(const Smtp&) = delete;
  Smtp& operator=(const Smtp&) = delete;
  ~Smtp() {
    curl_easy_cleanup(handle_);
    curl_mime_free(message_);
    for (curl_slist* list : lists_) curl_slist_free_all(list);
  }

  Attempt send(const Mail& mail, const std::string& id, Milliseconds limit) {
    set(CURLOPT_URL, server_.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);  // a name server that hangs is not waited for beyond the limit
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
    if (server_.starttls) set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    if (!server_.authority.empty()) set(CURLOPT_CAINFO, server_.authority.c_str());
    if (!server_.user.empty()) {
      set(CURLOPT_USERNAME, server_.user.c_str());
      set(CURLOPT_PASSWORD, server_.password.c_str());
    }
    set(CURLOPT_MAIL_FROM, ("<" + server_.from.mailbox + ">").c_str());
    std::vector<std::string> receivers;
    for (const treino::MailAddress& address : server_.to) receivers.push_back("<" + address.mailbox + ">");
    set(CURLOPT_MAIL_RCPT, list(receivers));
    set(CURLOPT_HTTPHEADER, list(headers(mail, id)));
    message_ = message(mail);
    set(CURLOPT_MIMEPOST, message_);
    // What bounds the wait for an answer to the goodbye, which the time limit does not.
    set(CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>((limit.count() + 999) / 1000));
    const CURLcode code = curl_easy_perform(handle_);
    long status = 0;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK) hang_up();
    return judge(code, status);
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(handle_, option, value);
  }
  curl_slist* list(const std::vector<std::string>& lines) {
    lists_.push_back(nullptr);
    for (const std::string& line : lines) lists_.back() = curl_slist_append(lists_.back(), line.c_str());
    return lists_.back();
  }

  /// A server that has not answered is not waited for once more, as curl would for its goodbye.
  void hang_up() const {
    curl_socket_t connection = CURL_SOCKET_BAD;
    curl_easy_getinfo(handle_, CURLINFO_ACTIVESOCKET, &connection);
    if (connection != CURL_SOCKET_BAD) ::shutdown(connection, SHUT_RDWR);
  }

  /// A login that is denied is not tried again at once: accounts are locked for that.
  static Attempt judge(CURLcode code, long status) {
    if (code == CURLE_OK) return {Attempt::delivered, "", true};
    const std::string answer = status >= 400 ? " (answered with " + std::to_string(status) + ")" : "";
    const std::string reason = curl_easy_strerror(code) + answer;
    if (code == CURLE_LOGIN_DENIED) return {Attempt::unreachable, reason, false};
    return {status >= 550 && status < 560 ? Attempt::refused : Attempt::unreachable, reason, true};
  }

  std::vector<std::string> headers(const Mail& mail, const std::string& id) const {
    std::string to;
    for (const treino::MailAddress& address : server_.to) to += (to.empty() ? "" : ",\r\n ") + address.header();
    return {"Date: " + mail.date,
            "From: " + server_.from.header(),
            "To: " + to,
            "Message-ID: <" + id + "@" + server_.from.mailbox.substr(server_.from.mailbox.find('@') + 1) + ">",
            "Subject: " + treino::mail_header(mail.subject),
            "Auto-Submitted: auto-generated"};
  }

  /// mixed( alternative( text, related( html, pictures ) ), csv )
  curl_mime* message(const Mail& mail) {
    curl_mime* related = curl_mime_init(handle_);
    add(related, mail.html, "text/html; charset=utf-8", "quoted-printable");
    for (std::size_t i = 0; i < mail.pictures.size(); ++i) {
      curl_mimepart* picture = add(related, mail.pictures[i], "image/png", "base64");
      curl_slist* own = curl_slist_append(nullptr, ("Content-ID: <" + mail.names[i] + "@treino>").c_str());
      own = curl_slist_append(own, ("Content-Disposition: inline; filename=\"" + mail.names[i] + ".png\"").c_str());
      curl_mime_headers(picture, own, 1);
    }
    curl_mime* alternative = curl_mime_init(handle_);
    add(alternative, mail.text, "text/plain; charset=utf-8", "quoted-printable");
    add(alternative, related, "multipart/related");
    curl_mime* mixed = curl_mime_init(handle_);
    add(mixed, alternative, "multipart/alternative");
    if (!mail.csv.empty()) curl_mime_filename(add(mixed, mail.csv, "text/csv; charset=utf-8", "base64"), "history.csv");
    return mixed;
  }
  static curl_mimepart* add(curl_mime* to, const std::string& data, const char* type, const char* encoder) {
    curl_mimepart* part = curl_mime_addpart(to);
    curl_mime_data(part, data.data(), data.size());
    curl_mime_type(part, type);
    curl_mime_encoder(part, encoder);
    return part;
  }
  static void add(curl_mime* to, curl_mime* parts, const char* type) {
    curl_mimepart* part = curl_mime_addpart(to);
    curl_mime_subparts(part, parts);
    curl_mime_type(part, type);
    curl_slist* own = curl_slist_append(nullptr, "Content-Disposition: inline");
    curl_mime_headers(part, own, 1);
  }

  const Server& server_;
  CURL* handle_;
  curl_mime* message_ = nullptr;
  std::vector<curl_slist*> lists_;
};

Server server_of(const treino::Setup& setup) {
  const auto host = setup.get<std::string>("host"), tls = setup.get<std::string>("tls");
  if (host.empty() || host.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:") != host.npos)
    throw std::invalid_argument("host must be the name or the number of a mail server, such as \"smtp.example.org\"");
  const auto port = setup.find<std::int64_t>("port").value_or(tls == "starttls" ? 587 : tls == "implicit" ? 465 : 25);
  Server server{"",
                "",
                setup.find<std::string>("user").value_or(""),
                "",
                setup.find<std::string>("ca_file").value_or(""),
                tls == "starttls",
                treino::MailAddress(setup.get<std::string>("from"), "from"),
                {}};
  server.shown = (host.find(':') == host.npos ? host : "[" + host + "]") + ":" + std::to_string(port);
  server.url = (tls == "implicit" ? "smtps://" : "smtp://") + server.shown;
  for (const std::string& to : setup.get<std::vector<std::string>>("to")) server.to.emplace_back(to, "to");
  if (server.to.empty()) throw std::invalid_argument("to must name at least one receiver");
  if (!server.authority.empty()) treino::read_file(server.authority);
  if (server.user.empty() != !setup.has("password_env"))
    throw std::invalid_argument(
        "user and password_env go together: password_env is the name of the environment variable with the password");
  if (server.user.empty()) return server;
  if (tls == "none")
    throw std::invalid_argument("a password does not go over an open line: with user, tls must be \"starttls\" or \"implicit\"");
  // The name is not repeated: who has taken password_env for the password itself would find it in a log.
  const char* password = std::getenv(setup.get<std::string>("password_env").c_str());
  if (password == nullptr)
    throw std::invalid_argument("password_env must be the name of an environment variable that is set, and holds the password");
  server.password = password;
  return server;
}

// ---- The callback
// -------------------------------------------------------------------------------------------------------------------

class Email final : public treino::Callback {
 public:
  explicit Email(const treino::Setup& setup)
      : Callback(setup),
        started_(curl_global_init(CURL_GLOBAL_DEFAULT)),
        server_(server_of(setup)),
        events_(setup.get<std::vector<std::string>>("events")),
        every_(setup.find<std::uint64_t>("every_n_epochs").value_or(0)),
        attach_(setup.get<bool>("attach_csv")),
        pictures_(setup.get<bool>("picture")) {
    if (started_ != CURLE_OK) throw std::runtime_error("libcurl cannot be started");
    if (const auto monitor = setup.find<std::string>("monitor"))
      monitor_.emplace(setup.host(), *monitor, setup.get<std::string>("mode"));
    if (listens_to("new_best") && !monitor_) throw std::invalid_argument("events: new_best needs a monitor");
    if (events_.empty() && every_ == 0)
      throw std::invalid_argument("events is empty and every_n_epochs is not given: no mail would ever be sent");
    options_.to = server_.shown;
    options_.items = "mails";
    options_.queue = 100;
    options_.retries = setup.get<std::uint64_t>("retries");
    options_.timeout = Milliseconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(1000 * setup.get<double>("timeout"))));
    host().claim_output(spool());
  }

  void on_run_begin(const Event&) override {
    if (monitor_) monitor_->find();
    match_series();
    run_ = host().run().run;
    folder_ = host().run().folder;
    key_ = treino::run_key(folder_);
    delivery_.emplace(
        host(), options_, spool(),
        [this](const News& news) { return letter(news); },
        [this](const treino::Spool::Entry& entry, Milliseconds limit) {
          return Smtp(server_).send(Mail::unpacked(entry.text), key_ + "." + std::to_string(entry.number), limit);
        });
  }

  void on_epoch_end(const Event& event) override {
    if (event.outcome != TREINO_RUNNING) return;
    remember(event.epoch);
    std::string subject;
    const std::string epoch = std::to_string(event.epoch + 1);
    if (every_ > 0 && (event.epoch + 1) % every_ == 0) subject = "epoch " + epoch + " of " + std::to_string(event.epochs);
    if (const std::string best = new_best(); !best.empty() && listens_to("new_best")) subject = best + " in epoch " + epoch;
    if (!subject.empty()) tell(event, subject, false);
  }

  void on_run_end(const Event& event) override {
    if (!delivery_) return;
    static constexpr const char* names[] = {"running", "done", "early stopped", "interrupted", "diverged", "failed"};
    const bool failed = event.outcome == TREINO_RUN_FAILED || event.outcome == TREINO_DIVERGED;
    if (listens_to("train_end") || (failed && listens_to("failed")) ||
        (event.outcome == TREINO_EARLY_STOPPED && listens_to("early_stop")))
      tell(event, event.outcome < std::size(names) ? names[event.outcome] : "ended", true);
    delivery_->finish();
    delivery_.reset();
  }

  void save(treino::Writer& writer) const override {
    if (delivery_) delivery_->keep();
    writer.write(monitor_.has_value());
    if (monitor_) monitor_->save(writer);
    write_optional(writer, best_);
    writer.write(epochs_);
    writer.write(std::uint64_t{series_.size()});
    for (const Series& series : series_) {
      writer.write(series.name);
      writer.write(series.values);
      writer.write(series.there);
    }
  }
  void load(treino::Reader& reader, std::uint32_t) override {
    const bool monitored = reader.get<bool>();
    const std::string name = monitored ? reader.get<std::string>() : "", mode = monitored ? reader.get<std::string>() : "";
    const auto best = treino::read_optional(reader);
    std::vector<std::uint64_t> epochs;
    reader.read(epochs);
    std::vector<Series> all;
    for (auto left = reader.get<std::uint64_t>(); left > 0; --left) {
      Series& series = all.emplace_back();
      reader.read(series.name);
      reader.read(series.values);
      reader.read(series.there);
      if (series.values.size() != epochs.size() || series.there.size() != epochs.size())
        throw std::runtime_error("the saved numbers are not of as many epochs as they should be");
    }
    reader.finish();
    if (monitor_ && monitored && name == monitor_->name()) best_ = best;
    epochs_ = std::move(epochs);
    series_ = std::move(all);
  }

 private:
  std::string spool() const {
    return (std::filesystem::path(host().run().folder) / (std::string(host().run().instance) + ".spool")).string();
  }
  bool listens_to(const char* event) const { return std::find(events_.begin(), events_.end(), event) != events_.end(); }

  /// One series a number, in the run's order; what a saved state knew of them stays.
  void match_series() {
    std::vector<Series> matched;
    for (treino::Scalar number = 0; number < host().scalar_count(); ++number) {
      const std::string name = host().name(number);
      const auto known = std::find_if(series_.begin(), series_.end(), [&](const Series& series) { return series.name == name; });
      Series series;
      if (known != series_.end()) series = *known;
      series.name = name;
      series.direction = host().direction(number);
      series.values.resize(epochs_.size(), std::nan(""));
      series.there.resize(epochs_.size(), 0);
      matched.push_back(std::move(series));
    }
    series_ = std::move(matched);
  }

  void remember(std::uint64_t epoch) {
    epochs_.push_back(epoch);
    for (treino::Scalar number = 0; number < series_.size(); ++number) {
      const std::optional<double> value = host().value(number);
      series_[number].values.push_back(value.value_or(std::nan("")));
      series_[number].there.push_back(value ? 1 : 0);
    }
  }

  /// "val_loss 0.25 is the best yet", or nothing.
  std::string new_best() {
    const std::optional<double> value = monitor_ ? monitor_->value() : std::nullopt;
    if (!value || !monitor_->better(*value, best_)) return "";
    best_ = value;
    return monitor_->name() + " " + short_text(*value) + " is the best yet";
  }

  void tell(const Event& event, const std::string& subject, bool end) {
    delivery_->offer([&](News& news) {
      news.subject = "[treino] " + std::string(host().run().run) + ": " + subject;
      news.reason = end ? std::string("Ended: ") + subject + (*event.text == '\0' ? "" : std::string(", ") + event.text) : "";
      news.epoch = end ? event.epoch : event.epoch + 1;
      news.epochs = event.epochs;
      news.step = event.step;
      news.end = end;
      news.epochs_told = epochs_;
      news.series = series_;
    });
  }

  /// On a thread of the delivery. Each part of a run has its own end, so that this mail belongs to no place.
  treino::Letter letter(const News& news) const {
    const std::vector<std::string> lines = opening(news, run_, folder_);
    Mail mail;
    mail.subject = news.subject;
    mail.date = treino::mail_date();
    mail.text = plain(news, lines);
    News shown = news;
    if (!pictures_) shown.epochs_told.clear();
    mail.html = page(pictures_ ? news : shown, lines, mail);
    if (attach_) mail.csv = table(news);
    if (news.end) return {mail.packed(), std::nullopt};
    return {mail.packed(), treino::Place{news.epoch, 0, 0}};
  }

  const CURLcode started_;
  const Server server_;
  const std::vector<std::string> events_;
  const std::uint64_t every_;
  const bool attach_, pictures_;
  std::optional<treino::Monitor> monitor_;
  treino::Delivery<News>::Options options_;
  std::string run_, folder_, key_;

  std::optional<double> best_;  // of the monitor
  std::vector<std::uint64_t> epochs_;
  std::vector<Series> series_;                              // of all numbers, a value per epoch
  mutable std::optional<treino::Delivery<News>> delivery_;  // last: its threads use the others
};

}  // namespace

TREINO_PLUGIN(Email, R"toml(
kind = "callback"
id = "email"
version = "1.0.0"
summary = "Sends mail when the run begins, ends or fails."
phase = "report"
events = ["run_begin", "epoch_end", "run_end"]
help = """
events: train_end, any end of the run or of a part of it; failed, an end as failed or diverged; early_stop, an end before the planned
epochs; new_best, each epoch in which `monitor` is better than ever before. every_n_epochs adds each n-th epoch. One mail an epoch and
one an end at most. Epochs that were cut short are not counted.
The mail: run, epoch, reason and folder; each number's last value and its best one with the epoch; with picture = true, in the HTML part,
the curves of the first four numbers, training in blue, validation in orange; with attach_csv = true the numbers of all epochs.
Sent over SMTP by a thread of its own. tls = "starttls" insists on encryption; certificates are verified. `user` needs password_env, the
name of an environment variable: the password is in no manifest, log, spool or run folder.
Each mail is kept in <name>.spool in the run's folder until the server has taken it; a server that does not answer is tried `retries`
times more (after 0.25 s, 0.5 s, ...), then with the next mail. At the end of the run at most `timeout` is waited (and once more where a
server takes the mail and then does not answer the goodbye); what is not delivered by then stays in the spool and is sent when the run is
resumed. A mail keeps its Message-ID, however often it is tried.
State: the monitor's best value, and the numbers of all epochs. With another monitor than the saved one the best starts from nothing.
"""

[parameters.host]
type = "string"
required = true
doc = "the mail server, such as \"smtp.example.org\""

[parameters.port]
type = "int"
min = 1
max = 65535
doc = "587 for starttls, 465 for implicit, 25 for none where it is not given"

[parameters.tls]
type = "string"
default = "starttls"
choices = ["starttls", "implicit", "none"]
doc = "starttls: encrypted after a greeting; implicit: from the first byte; none: for servers on this machine"

[parameters.ca_file]
type = "input"
doc = "certificates (PEM) to trust instead of the system's"

[parameters.user]
type = "string"
doc = "for the login; without it there is none"

[parameters.password_env]
type = "string"
doc = "the name of the environment variable that holds the password"

[parameters.from]
type = "string"
required = true
doc = "\"a@example.org\" or \"Name <a@example.org>\""

[parameters.to]
type = "list"
items = "string"
scalar = true
required = true
doc = "the receivers"

[parameters.events]
type = "list"
items = "string"
scalar = true
choices = ["train_end", "failed", "early_stop", "new_best"]
default = ["train_end", "failed"]
doc = "when a mail is sent"

[parameters.every_n_epochs]
type = "int"
min = 1
doc = "also after each n-th epoch"

[parameters.monitor]
type = "monitor"
doc = "the number that new_best looks at"

[parameters.mode]
type = "string"
default = "auto"
choices = ["auto", "min", "max"]
doc = "which way is better; auto: as the number itself says"

[parameters.picture]
type = "bool"
default = true
doc = "the curves as pictures in the mail"

[parameters.attach_csv]
type = "bool"
default = false
doc = "the numbers of all epochs as history.csv"

[parameters.timeout]
type = "float"
default = 10.0
above = 0.0
max = 86400.0
doc = "seconds, for one attempt and for the wait at the end of the run"

[parameters.retries]
type = "int"
default = 2
min = 0
doc = "further attempts at once, before the mail waits for the next one"
)toml")
