#include "link/endpoint.hpp"

#include "wire/limits.hpp"

#include <algorithm>

namespace rs::link {

using wire::CircuitId;
using wire::FrameType;
using wire::RelayCode;

void FrameSizer::wrote(std::size_t bytes, bool more_is_waiting, BootTime now) {
  constexpr Millis kSample{50};
  if (bytes_ == 0) since_ = now;
  bytes_ += bytes;
  if (!more_is_waiting) {
    bytes_ = 0; // an idle link says nothing of its speed
  } else if (now - since_ >= kSample) {
    const auto in_frame_time =
        bytes_ * static_cast<std::size_t>(wire::kFrameTime.count()) / static_cast<std::size_t>((now - since_).count());
    frame_bytes_ = std::clamp<std::size_t>(in_frame_time, 16 << 10, wire::kMaxData);
    bytes_ = 0;
  }
}

Result<void> Endpoint::on_message(Buffer message, BootTime now) {
  now_ = now;
  RS_TRY(const auto frame, wire::parse_frame(message.view()));
  switch (frame.type) {
    case FrameType::control: {
      RS_TRY(auto control, wire::parse_control(frame.json));
      events_.push_back(ControlReceived{std::move(control)});
      return {};
    }
    case FrameType::open: return on_open(frame);
    case FrameType::accept:
      if (circuits_.contains(frame.circuit))
        events_.push_back(Accepted{frame.circuit, {frame.opaque.begin(), frame.opaque.end()}});
      return {};
    case FrameType::refuse:
    case FrameType::close: on_close(frame); return {};
    case FrameType::data: return on_data(frame.circuit, std::move(message));
    case FrameType::credit: on_credit(frame); return {};
  }
  return {};
}

Result<void> Endpoint::on_open(const wire::Frame& frame) {
  if (frame.circuit % 2 != 0 || frame.circuit <= last_opened_)
    return fail(Errc::invalid, "frame: OPEN with circuit " + std::to_string(frame.circuit) + ", expected an even one above " +
                                   std::to_string(last_opened_));
  last_opened_ = frame.circuit;
  if (circuits_.size() >= wire::kMaxCircuits) {
    refuse(frame.circuit, {RelayCode::limit, "circuits on a link: " + std::to_string(wire::kMaxCircuits)});
    return {};
  }
  RS_TRY(auto body, describe::from_json<wire::OpenBody>(frame.json, describe::Unknown::ignore));
  circuits_[frame.circuit].traffic = body.class_;
  events_.push_back(Opened{frame.circuit, std::string(frame.json), std::move(body), {frame.opaque.begin(), frame.opaque.end()}});
  return {};
}

Result<void> Endpoint::on_data(CircuitId id, Buffer message) {
  const auto found = circuits_.find(id);
  if (found == circuits_.end()) return {}; // in flight when we closed it
  const auto bytes = message.size() - wire::kHeaderBytes;
  if (bytes > found->second.may_receive) {
    break_circuit(id, RelayCode::credit,
                  "DATA of " + std::to_string(bytes) + " bytes, granted " + std::to_string(found->second.may_receive));
    return {};
  }
  found->second.may_receive -= bytes;
  events_.push_back(Received{id, std::move(message)});
  return {};
}

void Endpoint::on_credit(const wire::Frame& frame) {
  const auto found = circuits_.find(frame.circuit);
  if (found == circuits_.end()) return;
  if (found->second.may_send + frame.credit > wire::kMaxCredit) {
    break_circuit(frame.circuit, RelayCode::credit, "CREDIT above " + std::to_string(wire::kMaxCredit) + " bytes");
    return;
  }
  found->second.may_send += frame.credit;
  check_writable(frame.circuit);
}

void Endpoint::on_close(const wire::Frame& frame) {
  if (circuits_.erase(frame.circuit) == 0) return;
  scheduler_.drop(frame.circuit);
  auto body = describe::from_json<wire::CloseBody>(frame.json, describe::Unknown::ignore);
  // Whatever an unknown code says, it is the relay's word only: the circuit is gone.
  events_.push_back(Closed{frame.circuit, body ? std::move(*body) : wire::CloseBody{RelayCode::protocol, "unreadable reason"}});
}

void Endpoint::break_circuit(CircuitId id, RelayCode code, std::string message) {
  scheduler_.drop(id);
  close(id, {code, message});
  events_.push_back(Closed{id, {code, std::move(message)}});
}

std::optional<Endpoint::Event> Endpoint::next_event() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

std::optional<Buffer> Endpoint::next_message(BootTime now) {
  now_ = now;
  auto message = scheduler_.pop();
  if (!message) return message;
  sizer_.wrote(message->size(), !scheduler_.empty(), now);
  if (scheduler_.last_circuit() != 0) check_writable(scheduler_.last_circuit());
  return message;
}

void Endpoint::send_control(const wire::Control& control) {
  scheduler_.push_signal(wire::encode_control(describe::to_json(control)));
}

CircuitId Endpoint::open(std::string json, TrafficClass traffic, ByteView opaque) {
  const CircuitId id = next_id_;
  next_id_ += 2;
  circuits_[id].traffic = traffic;
  scheduler_.push_signal(wire::encode_frame(id, FrameType::open, json, opaque));
  return id;
}

void Endpoint::accept(CircuitId circuit, ByteView opaque) {
  scheduler_.push_signal(wire::encode_frame(circuit, FrameType::accept, {}, opaque));
}

void Endpoint::refuse(CircuitId circuit, const wire::CloseBody& body) {
  circuits_.erase(circuit);
  scheduler_.push_signal(wire::encode_frame(circuit, FrameType::refuse, describe::to_json(body)));
}

void Endpoint::grant(CircuitId circuit, std::uint32_t bytes) {
  const auto found = circuits_.find(circuit);
  if (found == circuits_.end()) return;
  found->second.may_receive += bytes;
  RS_ASSERT(found->second.may_receive <= wire::kMaxCredit);
  scheduler_.push_credit(circuit, bytes);
}

std::uint64_t Endpoint::credit(CircuitId circuit) const {
  const auto found = circuits_.find(circuit);
  return found == circuits_.end() ? 0 : found->second.may_send;
}

std::size_t Endpoint::sendable(CircuitId id) {
  const auto found = circuits_.find(id);
  if (found == circuits_.end()) return 0;
  const auto queued = scheduler_.queued_bytes(id);
  std::size_t room = queued < wire::kMaxQueued ? sizer_.frame_bytes() : 0;
  if (found->second.traffic == TrafficClass::control) room = std::min(room, wire::kMaxControlClassData);
  const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(room, found->second.may_send));
  if (bytes == 0) found->second.starved = true;
  return bytes;
}

void Endpoint::wait_writable(CircuitId id) {
  const auto found = circuits_.find(id);
  if (found != circuits_.end()) found->second.starved = true;
}

void Endpoint::check_writable(CircuitId id) {
  const auto found = circuits_.find(id);
  if (found == circuits_.end() || !found->second.starved) return;
  if (sendable(id) == 0) return;
  found->second.starved = false;
  events_.push_back(Writable{id});
}

void Endpoint::send(CircuitId id, Buffer message) {
  const auto found = circuits_.find(id);
  if (found == circuits_.end()) return;
  const auto bytes = message.size() - wire::kHeaderBytes;
  RS_ASSERT(bytes <= found->second.may_send);
  found->second.may_send -= bytes;
  wire::put_data_header(message, id);
  const auto traffic = found->second.rate.classify(found->second.traffic, message.size(), now_);
  scheduler_.push(id, traffic, std::move(message));
}

void Endpoint::close(CircuitId id, const wire::CloseBody& body) {
  const auto found = circuits_.find(id);
  if (found == circuits_.end()) return;
  scheduler_.push(id, found->second.traffic, wire::encode_frame(id, FrameType::close, describe::to_json(body)));
  circuits_.erase(found);
}

} // namespace rs::link
