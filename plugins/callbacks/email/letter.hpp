// A mail's text, table, pictures and attachment, from what the training thread handed over.
#pragma once
#include "shared/training/learning_curves.hpp"

namespace email {

/// What the training thread hands over: all that a mail is made of.
struct News {
  std::string subject, reason;
  std::uint64_t epoch = 0, epochs = 0, step = 0;
  bool end = false;  // of a part of the run; else an epoch's
  treino::LearningCurves curves;
};

/// A mail as it lies in the spool.
struct Mail {
  std::string subject, date, text, html, csv;
  std::vector<std::string> names, pictures;  // PNG

  std::string packed() const;
  static Mail unpacked(const std::string& bytes);
};

/// Which run a mail is about, and what it carries beside the text.
struct Form {
  std::string run, folder;
  bool pictures = true, csv = false;
};

/// Writes the mail that tells `news`.
Mail mail_about(const News& news, const Form& form);

}  // namespace email
