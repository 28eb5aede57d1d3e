#include "session/call_channel.hpp"

#include "session/messages.hpp"
#include "wire/limits.hpp"

#include <algorithm>
#include <cstring>

namespace rs::session {
namespace {

constexpr std::size_t kOverhead = 1 + crypto::kTagBytes; // kind byte and tag
constexpr std::size_t kGrantStep = wire::kWindow / 4;    // credit is given back in steps of at least this

static_assert(OutFrame::kFront == wire::kHeaderBytes + 1 && OutFrame::kBack == crypto::kTagBytes);

} // namespace

Roots Roots::of(const sealed::Split& split, bool initiator) {
  if (initiator) return {split.initiator_to_responder, split.responder_to_initiator};
  return {split.responder_to_initiator, split.initiator_to_responder};
}

CallChannel::CallChannel(link::Endpoint& endpoint, wire::CircuitId circuit, const Roots& roots, std::uint64_t call_no,
                         std::string_view open_json)
    : endpoint_(endpoint), circuit_(circuit), sealer_(sealed::circuit_key(roots.send, call_no, open_json)),
      opener_(sealed::circuit_key(roots.receive, call_no, open_json)) {}

Result<CallChannel::Incoming> CallChannel::receive(Buffer message) {
  auto sealed_part = message.mutable_view().subspan(wire::kHeaderBytes);
  if (sealed_part.size() < kOverhead) return fail(Errc::integrity, "a sealed frame shorter than its tag");
  if (!opener_.open(sealed_part))
    return fail(Errc::integrity, "frame " + std::to_string(opener_.count()) + " is not the one that was sent");
  const std::uint8_t kind = sealed_part[0];
  const std::size_t size = sealed_part.size() - kOverhead;
  if (kind == kDocumentKind) {
    give_back(size + kOverhead);
    RS_TRY(auto node, describe::parse_json(as_text(sealed_part.subspan(1, size))));
    return Incoming(Document{std::move(node)});
  }
  if (ended_in_.contains(kind)) return fail(Errc::integrity, "stream " + std::to_string(kind) + " goes on after its end");
  if (size == 0) {
    give_back(kOverhead);
    ended_in_.insert(kind);
    return Incoming(End{kind});
  }
  unconsumed_.push_back(size);
  return Incoming(Data{kind, InData(std::move(message), OutFrame::kFront, size)});
}

void CallChannel::consumed(std::size_t bytes) {
  std::size_t back = bytes;
  while (bytes > 0 && !unconsumed_.empty()) {
    const auto part = std::min(bytes, unconsumed_.front());
    bytes -= part;
    unconsumed_.front() -= part;
    if (unconsumed_.front() > 0) break;
    unconsumed_.pop_front();
    back += kOverhead;
  }
  RS_ASSERT(bytes == 0); // nobody uses up more than came
  give_back(back);
}

void CallChannel::give_back(std::size_t bytes) {
  owed_ += bytes;
  if (owed_ < kGrantStep) return;
  endpoint_.grant(circuit_, static_cast<std::uint32_t>(owed_));
  owed_ = 0;
  if (on_output) on_output();
}

std::size_t CallChannel::sendable() const {
  const auto bytes = endpoint_.sendable(circuit_);
  if (waiting_.empty() && bytes > kOverhead) return bytes - kOverhead;
  endpoint_.wait_writable(circuit_);
  return 0;
}

bool CallChannel::may_send(std::size_t bytes) const {
  if (waiting_.empty() && endpoint_.credit(circuit_) >= bytes + kOverhead) return true;
  endpoint_.wait_writable(circuit_);
  return false;
}

void CallChannel::send(std::uint8_t kind, OutFrame frame, std::size_t size) {
  RS_ASSERT(kind != kDocumentKind && size > 0 && !finished_ && waiting_.empty());
  seal_and_send(kind, frame.take(), size);
}

void CallChannel::seal_and_send(std::uint8_t kind, Buffer buffer, std::size_t size) {
  buffer.resize(OutFrame::kFront + size + OutFrame::kBack);
  buffer.data()[wire::kHeaderBytes] = kind;
  sealer_.seal(buffer.mutable_view().subspan(wire::kHeaderBytes));
  endpoint_.send(circuit_, std::move(buffer));
  if (on_output) on_output();
}

void CallChannel::end(std::uint8_t kind) {
  RS_ASSERT(kind != kDocumentKind && !finished_);
  queue(Small{kind, {}});
}

Result<void> CallChannel::send_document(const describe::Node& document) {
  auto text = describe::write_json(document);
  if (text.size() > wire::kMaxDocument)
    return fail(Errc::limit,
                "document of " + std::to_string(text.size()) + " bytes, at most " + std::to_string(wire::kMaxDocument));
  queue(Small{kDocumentKind, std::move(text)});
  return {};
}

void CallChannel::queue(Small frame) {
  waiting_.push_back(std::move(frame));
  flush();
}

void CallChannel::flush() {
  while (!waiting_.empty()) {
    const auto& next = waiting_.front();
    if (endpoint_.credit(circuit_) < next.text.size() + kOverhead) {
      endpoint_.wait_writable(circuit_);
      return;
    }
    OutFrame frame(next.text.size());
    if (!next.text.empty()) std::memcpy(frame.room().data(), next.text.data(), next.text.size());
    seal_and_send(next.kind, frame.take(), next.text.size());
    waiting_.pop_front();
  }
}

void CallChannel::on_writable() { flush(); }

void CallChannel::progress(describe::Node document) {
  CallReply reply;
  reply.progress = std::move(document);
  (void)send_document(describe::to_node(reply));
}

void CallChannel::result(describe::Node document) {
  CallReply reply;
  reply.result = std::move(document);
  finish(describe::to_node(reply));
}

void CallChannel::error(const Error& error, describe::Node data) {
  CallReply reply;
  reply.error = CallError{std::string(name(error.code)), error.message, {}};
  if (!data.is_null()) reply.error->data = std::move(data);
  finish(describe::to_node(reply));
}

void CallChannel::finish(describe::Node reply) {
  if (finished_) return;
  if (const auto sent = send_document(reply); !sent) {
    CallReply too_long;
    too_long.error = CallError{std::string(name(sent.error().code)), "result: " + sent.error().message, {}};
    (void)send_document(describe::to_node(too_long));
  }
  finished_ = true;
  if (on_finished) on_finished();
}

} // namespace rs::session
