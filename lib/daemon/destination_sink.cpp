#include "daemon/destination_sink.hpp"

namespace rs::daemon {

Result<void> DestinationSink::start() {
  auto& options = settings_.options;
  if (settings_.sweeps) settings_.journals.sweep(options.now);
  RS_TRY(const auto jail, settings_.jail());
  RS_TRY(auto journal, settings_.journals.open(options.key, progress_.stop));
  settings_.rules.earlier = settings_.journals.peek(options.key);
  RS_CHECK(files::find_destination(jail, settings_.destination, settings_.rules, options));
  receiver_.emplace(std::move(options), std::move(journal), owners_, progress_);
  return receiver_->start();
}

} // namespace rs::daemon
