#include "files/content_receiver.hpp"

namespace rs::files {

Result<void> ContentReceiver::start() {
  encode(Reply(Ready{}), replies_);
  return {};
}

Result<void> ContentReceiver::on_frame(std::uint8_t kind, ByteView bytes) {
  if (kind != kZstdStream) return reader_.read(bytes);
  return decompressor_.decompress(bytes, [this](ByteView plain) { return reader_.read(plain); });
}

Result<void> ContentReceiver::on_record(Record record) {
  if (const auto* totals = std::get_if<Totals>(&record)) {
    progress_.total_files = totals->entries;
    progress_.total_bytes = totals->bytes;
  } else if (std::holds_alternative<FileBegin>(record)) {
    if (std::exchange(begun_, true)) return fail(Errc::invalid, "more than one file");
  } else if (std::holds_alternative<FileEnd>(record)) {
    whole_ = true;
  } else if (!std::holds_alternative<Abandon>(record) && !std::holds_alternative<End>(record)) {
    return fail(Errc::invalid, "something else than one file's content");
  }
  return {};
}

Result<void> ContentReceiver::on_content(ByteView bytes) {
  if (!begun_ || whole_) return fail(Errc::invalid, "content outside of the file");
  RS_CHECK(out_->write(offset_, bytes));
  offset_ += bytes.size();
  progress_.bytes += bytes.size();
  progress_.moved += bytes.size();
  return {};
}

} // namespace rs::files
