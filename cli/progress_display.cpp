#include "cli/progress_display.hpp"

#include "cli/terminal_kind.hpp"
#include "describe/codec.hpp"
#include "describe/codec_impl.hpp"

RS_CODEC(rs::cli::ProgressRecord)

namespace rs::cli {
namespace {

constexpr Millis kLineInterval{200};
constexpr Millis kRecordInterval{1'000};
constexpr std::size_t kColumns = 79;

} // namespace

ProgressDisplay::ProgressDisplay(Context& context, std::string verb, bool as_records)
    : context_(context), verb_(std::move(verb)), as_records_(as_records),
      as_line_(!as_records && is_terminal(Stream::err) && !context.arguments.has("--quiet")) {}

Millis ProgressDisplay::interval() const { return as_line_ ? kLineInterval : kRecordInterval; }

void ProgressDisplay::show() {
  if (!meter_ || (!as_records_ && !as_line_)) return;
  const auto view = meter_->look(context_.clock.boot());
  if (std::exchange(first_, false)) return; // what is done at once needs none
  if (as_line_) {
    const auto line = progress_line(view, kColumns);
    (void)context_.terminal.write(Stream::err, "\r" + line + std::string(kColumns - std::min(kColumns, line.size()), ' '));
    line_is_there_ = true;
    return;
  }
  ProgressRecord record{"progress", verb_, view.files, view.bytes, view.total_files, view.total_bytes, view.bytes_per_second, {}};
  if (view.left) record.left_ms = static_cast<std::uint64_t>(view.left->count());
  (void)context_.output.item("rsctl.progress.v1", describe::to_node(record));
}

void ProgressDisplay::clear() {
  if (std::exchange(line_is_there_, false)) (void)context_.terminal.write(Stream::err, "\r" + std::string(kColumns, ' ') + "\r");
}

} // namespace rs::cli
