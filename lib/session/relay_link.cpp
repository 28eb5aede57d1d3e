#include "session/relay_link.hpp"

#include "wire/limits.hpp"

namespace rs::session {

using wire::CircuitId;
using wire::CloseBody;
using wire::FrameType;
using wire::RelayCode;

namespace {

Buffer close_frame(CircuitId circuit, FrameType type, const CloseBody& body) {
  return wire::encode_frame(circuit, type, describe::to_json(body));
}

} // namespace

RelayLink::RelayLink(LinkKey key, World& world, Bytes nonce, const std::string& relay_statement)
    : key_(key), world_(world), nonce_(std::move(nonce)) {
  wire::Control control;
  control.challenge = wire::Challenge{nonce_, relay_statement};
  scheduler_.push_signal(wire::encode_control(describe::to_json(control)));
}

Result<void> RelayLink::on_message(Buffer message) {
  RS_TRY(const auto frame, wire::parse_frame(message.view()));
  if (rejected_) return {};
  if (scheduler_.signal_bytes() > wire::kMaxSignals) // it asks and does not read the answers
    return fail(Errc::limit, "signalling that waits for this peer: " + std::to_string(wire::kMaxSignals) + " bytes");
  if (!peer_ && !nonce_.empty() && frame.type != FrameType::control)
    return fail(Errc::sign_in, std::string(wire::name(frame.type)) + " before hello");
  if (!peer_ && nonce_.empty()) return keep_early(std::move(message));
  if (frame.type == FrameType::control) return on_control(frame);
  if (frame.type == FrameType::open) return on_open(frame, std::move(message));
  const auto half = halves_.find(frame.circuit);
  if (half == halves_.end()) return {}; // closed while this was on its way, or never this link's
  switch (frame.type) {
    case FrameType::accept:
    case FrameType::refuse: on_answer(half, frame.type, std::move(message)); break;
    case FrameType::data: on_data(half, std::move(message)); break;
    case FrameType::credit: on_credit(half, frame, std::move(message)); break;
    default: on_close(half, std::move(message)); break;
  }
  return {};
}

Result<void> RelayLink::keep_early(Buffer message) {
  early_bytes_ += message.size();
  if (early_bytes_ > wire::kMaxControl) return fail(Errc::limit, "bytes before welcome: " + std::to_string(wire::kMaxControl));
  early_.push_back(std::move(message));
  return {};
}

Result<void> RelayLink::on_control(const wire::Frame& frame) {
  RS_TRY(auto control, wire::parse_control(frame.json));
  if (control.hello && !peer_) {
    world_.authenticate(key_, std::move(*control.hello), std::exchange(nonce_, {}));
    return {};
  }
  if (control.resolve && peer_) {
    world_.resolve(key_, *peer_, std::move(*control.resolve));
    return {};
  }
  return fail(peer_ ? Errc::invalid : Errc::sign_in, peer_ ? "CONTROL: not for a relay" : "CONTROL: hello expected");
}

Result<void> RelayLink::admit(Peer peer, wire::Welcome welcome) {
  peer_ = std::make_unique<Peer>(std::move(peer));
  wire::Control control;
  control.welcome = std::move(welcome);
  scheduler_.push_signal(wire::encode_control(describe::to_json(control)));
  for (auto& message : std::exchange(early_, {})) RS_CHECK(on_message(std::move(message)));
  return {};
}

void RelayLink::reject(RelayCode code, std::string message) {
  rejected_ = true;
  early_.clear();
  answer(wire::Control{.challenge = {},
                       .hello = {},
                       .welcome = {},
                       .resolve = {},
                       .resolved = {},
                       .goaway = {},
                       .error = wire::ControlError{code, std::move(message), {}}});
}

void RelayLink::answer(const wire::Control& control) { scheduler_.push_signal(wire::encode_control(describe::to_json(control))); }

void RelayLink::goaway(Millis retry_after) {
  wire::Control control;
  control.goaway = wire::Goaway{RelayCode::shutting_down, retry_after};
  answer(control);
}

Result<void> RelayLink::on_open(const wire::Frame& frame, Buffer message) {
  if (frame.circuit % 2 == 0 || frame.circuit <= last_from_peer_)
    return fail(Errc::invalid, "OPEN with circuit " + std::to_string(frame.circuit) + ", expected an odd one above " +
                                   std::to_string(last_from_peer_));
  last_from_peer_ = frame.circuit;
  RS_TRY(auto body, describe::from_json<wire::OpenBody>(frame.json, describe::Unknown::ignore));
  const auto refuse = [&](RelayCode code, std::string why) {
    scheduler_.push_signal(close_frame(frame.circuit, FrameType::refuse, {code, std::move(why)}));
  };
  if (halves_.size() >= wire::kMaxCircuits) {
    refuse(RelayCode::limit, "circuits on a link: " + std::to_string(wire::kMaxCircuits));
    return {};
  }
  if (auto allowed = check_open(body); !allowed) {
    refuse(RelayCode::forbidden, allowed.error().message);
    return {};
  }
  const bool control = body.call_no == 0;
  if (control) sessions_[body.session] = frame.circuit;
  auto& half = halves_[frame.circuit];
  half.traffic = body.class_;
  half.opener = true;
  half.control = sessions_.at(body.session);
  half.committed = !control && halves_.at(half.control).committed;
  world_.route(key_, *peer_, frame.circuit, std::move(body), std::move(message));
  return {};
}

Result<void> RelayLink::check_open(const wire::OpenBody& body) const {
  if (peer_->is_agent) return fail(Errc::forbidden, "an agent opens no circuits");
  if (peer_->role == Role::customer) return fail(Errc::forbidden, "a customer opens no circuits");
  if (body.org != peer_->org) return fail(Errc::forbidden, "OPEN for another tenant");
  if (body.call_no == 0 && sessions_.contains(body.session)) return fail(Errc::forbidden, "the session is open");
  if (body.call_no != 0 && !sessions_.contains(body.session)) return fail(Errc::forbidden, "a call without its session");
  return {};
}

void RelayLink::on_answer(Halves::iterator half, FrameType type, Buffer message) {
  if (half->second.opener || half->second.answered) return break_circuit(half, RelayCode::protocol, "an answer to no question");
  half->second.answered = true;
  world_.cross(half->second.peer, half->second.peer_circuit, std::move(message));
  if (type == FrameType::refuse) erase(half);
}

void RelayLink::on_data(Halves::iterator half, Buffer message) {
  const auto bytes = message.size() - wire::kHeaderBytes;
  if (bytes > half->second.allowance)
    return break_circuit(half, RelayCode::credit,
                         "DATA of " + std::to_string(bytes) + " bytes, granted " + std::to_string(half->second.allowance));
  if (half->second.traffic == TrafficClass::control && bytes > wire::kMaxControlClassData)
    return break_circuit(half, RelayCode::limit,
                         "DATA on a control circuit: at most " + std::to_string(wire::kMaxControlClassData) + " bytes");
  half->second.allowance -= bytes;
  world_.cross(half->second.peer, half->second.peer_circuit, std::move(message));
}

void RelayLink::on_credit(Halves::iterator half, const wire::Frame& frame, Buffer message) {
  if (frame.credit == 0 || frame.credit > wire::kMaxCredit)
    return break_circuit(half, RelayCode::credit,
                         "CREDIT of " + std::to_string(frame.credit) + ", expected 1 to " + std::to_string(wire::kMaxCredit));
  if (half->second.bound) return world_.cross(half->second.peer, half->second.peer_circuit, std::move(message));
  if (half->second.early_credit + frame.credit > wire::kMaxCredit)
    return break_circuit(half, RelayCode::credit, "CREDIT above " + std::to_string(wire::kMaxCredit));
  half->second.early_credit += frame.credit;
}

void RelayLink::on_close(Halves::iterator half, Buffer message) {
  if (half->second.bound) world_.cross(half->second.peer, half->second.peer_circuit, std::move(message));
  erase(half);
}

// Tells both ends; the half is gone afterwards.
void RelayLink::break_circuit(Halves::iterator half, RelayCode code, const std::string& message) {
  const CloseBody why{code, message};
  cross_close(half->second, why);
  scheduler_.drop(half->first);
  scheduler_.push_signal(close_frame(half->first, FrameType::close, why));
  erase(half);
}

void RelayLink::cross_close(const Half& half, const CloseBody& why) {
  if (half.bound) world_.cross(half.peer, half.peer_circuit, close_frame(half.peer_circuit, FrameType::close, why));
}

void RelayLink::erase(Halves::iterator half) {
  for (auto it = sessions_.begin(); half->second.opener && it != sessions_.end(); ++it) {
    if (it->second != half->first) continue;
    sessions_.erase(it);
    break;
  }
  halves_.erase(half);
}

void RelayLink::lost() {
  for (const auto& [circuit, half] : halves_) cross_close(half, {RelayCode::peer_gone, "the other end's link is lost"});
  halves_.clear();
  sessions_.clear();
}

void RelayLink::committed(CircuitId circuit) {
  std::vector<CircuitId> of_session;
  for (const auto& [id, half] : halves_) {
    if (half.control == circuit) of_session.push_back(id); // the control call itself is the first
  }
  for (const auto id : of_session) release(id);
  world_.wake(key_);
}

void RelayLink::release(CircuitId circuit) {
  const auto half = halves_.find(circuit);
  if (half == halves_.end()) return;
  half->second.committed = true;
  for (auto& frame : std::exchange(half->second.held, {})) {
    const auto still = halves_.find(circuit);
    if (still == halves_.end()) return;
    pass(still, std::move(frame), {});
  }
}

void RelayLink::refused(CircuitId circuit, CloseBody why) {
  const auto half = halves_.find(circuit);
  if (half == halves_.end()) return;
  cross_close(half->second, why);
  scheduler_.push_signal(close_frame(circuit, FrameType::refuse, why));
  erase(half);
  world_.wake(key_);
}

void RelayLink::bound(CircuitId circuit, LinkKey peer, CircuitId peer_circuit) {
  const auto half = halves_.find(circuit);
  if (half == halves_.end()) // closed meanwhile
    return world_.cross(peer, peer_circuit,
                        close_frame(peer_circuit, FrameType::close, {RelayCode::peer_gone, "the opener went"}));
  half->second.bound = true;
  half->second.peer = peer;
  half->second.peer_circuit = peer_circuit;
  if (half->second.early_credit != 0)
    world_.cross(peer, peer_circuit, wire::encode_credit(peer_circuit, half->second.early_credit));
}

void RelayLink::incoming_open(LinkKey from, CircuitId from_circuit, TrafficClass traffic, Buffer frame) {
  const CircuitId circuit = next_id_;
  next_id_ += 2;
  if (halves_.size() >= wire::kMaxCircuits || scheduler_.signal_bytes() > wire::kMaxSignals) {
    world_.cross(
        from, from_circuit,
        close_frame(from_circuit, FrameType::refuse, {RelayCode::limit, "circuits on the agent's link, or it does not read"}));
    return;
  }
  auto& half = halves_[circuit];
  half.traffic = traffic;
  half.bound = true;
  half.peer = from;
  half.peer_circuit = from_circuit;
  wire::put_circuit(frame, circuit);
  scheduler_.push_signal(std::move(frame));
  world_.bound(from, from_circuit, key_, circuit);
  world_.wake(key_);
}

void RelayLink::deliver(CircuitId circuit, Buffer frame, BootTime now) {
  const auto half = halves_.find(circuit);
  if (half == halves_.end()) return;
  if (!half->second.committed) half->second.held.push_back(std::move(frame));
  else pass(half, std::move(frame), now);
  world_.wake(key_);
}

void RelayLink::pass(Halves::iterator half, Buffer frame, BootTime now) {
  wire::put_circuit(frame, half->first);
  const auto type = static_cast<FrameType>(frame.data()[4]);
  if (type == FrameType::data) {
    if (scheduler_.queued_bytes() > wire::kMaxLinkQueue)
      return break_circuit(half, RelayCode::limit, "bytes that wait for a peer: " + std::to_string(wire::kMaxLinkQueue));
    const auto traffic = half->second.rate.classify(half->second.traffic, frame.size(), now);
    return scheduler_.push(half->first, traffic, std::move(frame));
  }
  if (type == FrameType::credit) {
    const auto bytes = load_be<std::uint32_t>(frame.data() + wire::kHeaderBytes);
    if (half->second.allowance + bytes > wire::kMaxCredit)
      return break_circuit(half, RelayCode::credit, "CREDIT above " + std::to_string(wire::kMaxCredit));
    half->second.allowance += bytes;
    return scheduler_.push_credit(half->first, bytes);
  }
  if (type == FrameType::accept) half->second.answered = true;
  if (type == FrameType::close) { // after the data that is queued
    scheduler_.push(half->first, half->second.traffic, std::move(frame));
    return erase(half);
  }
  scheduler_.push_signal(std::move(frame));
  if (type == FrameType::refuse) erase(half);
}

std::optional<Buffer> RelayLink::next_message() { return scheduler_.pop(); }

} // namespace rs::session
