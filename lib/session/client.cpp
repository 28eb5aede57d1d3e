#include "session/client.hpp"

#include "wire/limits.hpp"

#include <vector>

namespace rs::session {

using link::Endpoint;
using wire::CircuitId;

struct Client::Session {
  SessionId id;
  sealed::AgentClaims agent;
  std::string control_open;
  CircuitId control = 0;
  sealed::Handshake handshake;
  std::optional<Roots> roots;
  std::unique_ptr<CallChannel> channel; // of the control call
  BootTime handshake_at{};
  std::uint64_t next_call_no = 2;
};

// Stands for the channel until the session has its keys, so that a verb may hold its port from the start.
struct Client::Call final : CallPort {
  Session* session = nullptr;
  CircuitId circuit = 0;
  std::uint64_t call_no = 0;
  std::string open_json;
  CallSpec spec;
  CallObserver* observer = nullptr;
  std::unique_ptr<CallChannel> channel;

  std::size_t sendable() const override { return channel ? channel->sendable() : 0; }
  bool may_send(std::size_t bytes) const override { return channel && channel->may_send(bytes); }
  void send(std::uint8_t kind, OutFrame frame, std::size_t size) override { channel->send(kind, std::move(frame), size); }
  void end(std::uint8_t kind) override {
    if (channel) channel->end(kind);
    else early_ends.push_back(kind);
  }
  void consumed(std::size_t bytes) override { channel->consumed(bytes); }
  void progress(describe::Node) override { RS_ASSERT(false); }
  void result(describe::Node) override { RS_ASSERT(false); }
  void error(const Error&, describe::Node) override { RS_ASSERT(false); }

  std::vector<std::uint8_t> early_ends; // ended before the agent answered
  std::optional<Error> early_close;     // the circuit went before the session was answered
};

Client::Client(PeerLink::Config config, sealed::OrgStatement org, crypto::Random& random, Events& events)
    : link_(config), identity_(config.identity), org_(std::move(org)), random_(random), events_(events) {}

Client::~Client() = default;

Result<void> Client::on_message(Buffer message, BootTime now, WallTime wall) {
  if (auto taken = link_.endpoint().on_message(std::move(message), now); !taken)
    return fail(Errc::connection_lost, "the relay broke the protocol: " + taken.error().message);
  while (auto event = link_.endpoint().next_event()) RS_CHECK(handle(std::move(*event), now, wall));
  return {};
}

std::optional<Buffer> Client::next_message(BootTime now) {
  auto message = link_.endpoint().next_message(now);
  // Writing may have made room: tell those who wait for it.
  while (auto event = link_.endpoint().next_event()) (void)handle(std::move(*event), now, {});
  return message;
}

Result<void> Client::handle(Endpoint::Event event, BootTime now, WallTime wall) {
  if (auto* control = std::get_if<Endpoint::ControlReceived>(&event)) {
    RS_TRY(auto peer_event, link_.on_control(std::move(control->control), wall));
    if (peer_event) return on_peer_event(std::move(*peer_event), wall);
  } else if (auto* accepted = std::get_if<Endpoint::Accepted>(&event)) {
    on_accepted(*accepted, now);
  } else if (auto* received = std::get_if<Endpoint::Received>(&event)) {
    on_received(std::move(*received));
  } else if (auto* closed = std::get_if<Endpoint::Closed>(&event)) {
    on_closed(*closed);
  } else if (auto* writable = std::get_if<Endpoint::Writable>(&event)) {
    const auto call = calls_.find(writable->circuit);
    if (call == calls_.end() || !call->second->channel) return {};
    call->second->channel->on_writable();
    if (call->second->channel->idle()) call->second->observer->on_writable();
  } else if (auto* opened = std::get_if<Endpoint::Opened>(&event)) {
    link_.endpoint().refuse(opened->circuit, {wire::RelayCode::protocol, "a technician takes no circuits"});
  }
  return {};
}

Result<void> Client::on_peer_event(PeerLink::Event event, WallTime wall) {
  if (auto* challenged = std::get_if<PeerLink::Challenged>(&event)) {
    events_.on_challenged(challenged->statement);
  } else if (auto* welcomed = std::get_if<PeerLink::Welcomed>(&event)) {
    org_ = std::move(welcomed->org);
    events_.on_welcomed(org_);
  } else if (auto* control = std::get_if<wire::Control>(&event)) {
    if (control->resolved) on_resolved(*control->resolved, wall);
    if (control->error && control->error->n)
      events_.on_resolved(*control->error->n, fail(wire::to_errc(control->error->code), control->error->message), {}, false);
  }
  return {};
}

std::uint64_t Client::resolve(const std::string& target) {
  RS_ASSERT(link_.challenged());
  wire::Control control;
  control.resolve = wire::Resolve{next_resolve_, target};
  link_.endpoint().send_control(control);
  return next_resolve_++;
}

void Client::on_resolved(const wire::Resolved& resolved, WallTime wall) {
  events_.on_resolved(resolved.n, sealed::verify_agent(resolved.certificate, org_, wall), resolved.certificate, resolved.online);
}

void Client::open_session(const SessionId& id, const sealed::AgentClaims& agent) {
  RS_ASSERT(link_.challenged() && !sessions_.contains(id));
  const wire::OpenBody body{.org = org_id(),
                            .target = agent.sub.text(),
                            .session = id,
                            .call_no = 0,
                            .class_ = TrafficClass::control,
                            .mode = wire::HandshakeMode::ik};
  auto json = describe::to_json(body);
  sealed::Handshake handshake(sealed::Pattern::ik, true, sealed::session_prologue(json), identity_.noise, agent.cnf.noise,
                              random_);
  const auto message = handshake.write(as_bytes(identity_.certificate));
  RS_ASSERT(message); // a certificate is far below the limit of a Noise message
  const auto circuit = link_.endpoint().open(json, body.class_, *message);
  link_.endpoint().grant(circuit, wire::kWindow);
  sessions_[id] = std::make_unique<Session>(Session{id, agent, std::move(json), circuit, std::move(handshake), {}, nullptr});
}

CallPort& Client::call(const SessionId& id, CallSpec spec, CallObserver& observer, BootTime now) {
  Session& session = *sessions_.at(id);
  auto call = std::make_unique<Call>();
  call->session = &session;
  call->call_no = session.next_call_no;
  session.next_call_no += 2; // the technician's are even
  const wire::OpenBody body{.org = org_id(),
                            .target = session.agent.sub.text(),
                            .session = id,
                            .call_no = call->call_no,
                            .class_ = spec.traffic,
                            .mode = wire::HandshakeMode::ik};
  call->open_json = describe::to_json(body);
  call->spec = std::move(spec);
  call->observer = &observer;
  call->circuit = link_.endpoint().open(call->open_json, body.class_, {});
  link_.endpoint().grant(call->circuit, wire::kWindow);
  Call& port = *call;
  calls_[port.circuit] = std::move(call);
  if (session.roots) start_request(port, now);
  return port;
}

void Client::on_accepted(const Endpoint::Accepted& accepted, BootTime now) {
  for (auto& [id, session] : sessions_) {
    if (session->control != accepted.circuit || session->roots) continue;
    const auto payload = session->handshake.read(accepted.opaque);
    if (!payload)
      return fail_session(id, fail(Errc::integrity, "the agent's answer to the handshake: " + payload.error().message));
    const auto reply = describe::from_json<SessionReply>(as_text(*payload), describe::Unknown::ignore);
    if (!reply) return fail_session(id, within("session reply", reply.error()));
    if (reply->refused) return fail_session(id, to_error(reply->refused->code, reply->refused->message));
    session->roots = Roots::of(session->handshake.split(), true);
    session->handshake_at = now;
    session->channel =
        std::make_unique<CallChannel>(link_.endpoint(), session->control, *session->roots, 0, session->control_open);
    events_.on_session_answered(id, {});
    return start_calls(*session, now);
  }
}

void Client::start_calls(const Session& session, BootTime now) {
  std::vector<CircuitId> waiting;
  for (const auto& [circuit, call] : calls_) {
    if (call->session == &session) waiting.push_back(circuit);
  }
  for (const auto circuit : waiting) {
    const auto call = calls_.find(circuit);
    if (call == calls_.end()) continue;
    if (call->second->early_close) fail_call(circuit, *call->second->early_close);
    else start_request(*call->second, now);
  }
}

void Client::start_request(Call& call, BootTime now) {
  const auto& session = *call.session;
  call.channel = std::make_unique<CallChannel>(link_.endpoint(), call.circuit, *session.roots, call.call_no, call.open_json);
  const CallRequest request{call.spec.call, call.spec.as,
                            static_cast<std::uint64_t>((now - session.handshake_at + wire::kCallWindow).count()),
                            call.spec.params};
  call.spec.params = {};
  if (auto sent = call.channel->send_document(describe::to_node(request)); !sent)
    return fail_call(call.circuit, within("call " + request.call, sent.error()));
  for (const auto kind : call.early_ends) call.channel->end(kind);
  call.early_ends.clear();
  link_.endpoint().wait_writable(call.circuit); // the agent's first credit wakes the observer
}

void Client::on_received(Endpoint::Received received) {
  for (auto& [id, session] : sessions_) {
    if (session->control != received.circuit || !session->channel) continue;
    auto incoming = session->channel->receive(std::move(received.message));
    if (!incoming) return fail_session(id, incoming.error());
    if (auto* document = std::get_if<CallChannel::Document>(&*incoming)) on_control_document(*session, document->node);
    return;
  }
  const auto found = calls_.find(received.circuit);
  if (found == calls_.end()) return;
  Call& call = *found->second;
  if (!call.channel) return fail_call(call.circuit, fail(Errc::integrity, "data before the handshake's end"));
  auto incoming = call.channel->receive(std::move(received.message));
  if (!incoming) return fail_call(call.circuit, incoming.error());
  if (auto* data = std::get_if<CallChannel::Data>(&*incoming)) call.observer->on_data(data->kind, std::move(data->data));
  else if (auto* end = std::get_if<CallChannel::End>(&*incoming)) call.observer->on_end(end->kind);
  else on_reply(call, std::get<CallChannel::Document>(*incoming).node);
}

void Client::on_reply(Call& call, const describe::Node& node) {
  auto reply = describe::from_node<CallReply>(node, describe::Unknown::ignore);
  if (!reply) return fail_call(call.circuit, within("call reply", reply.error()));
  if (reply->error)
    return fail_call(call.circuit, to_error(reply->error->code, reply->error->message),
                     reply->error->data.value_or(describe::Node()));
  if (reply->progress) return call.observer->on_progress(std::move(*reply->progress));
  if (!reply->result) return;
  link_.endpoint().close(call.circuit, {wire::RelayCode::done, {}});
  const auto owned = std::move(calls_.extract(call.circuit).mapped());
  owned->observer->on_result(std::move(*reply->result));
}

void Client::on_control_document(Session& session, const describe::Node& node) {
  auto event = describe::from_node<SessionEvent>(node, describe::Unknown::ignore);
  if (event && event->ended) fail_session(session.id, to_error(event->ended->code, event->ended->message));
}

void Client::on_closed(const Endpoint::Closed& closed) {
  const auto why = fail(wire::to_errc(closed.body.code), "the relay closed the circuit (" +
                                                             std::string(describe::enum_name(closed.body.code)) + ")" +
                                                             (closed.body.message.empty() ? "" : ": " + closed.body.message));
  for (auto& [id, session] : sessions_) {
    if (session->control != closed.circuit) continue;
    // Before the agent has answered the relay may say why it could not ask; afterwards only the seal may.
    return fail_session(id, session->roots ? fail(Errc::connection_lost, why.message) : why);
  }
  const auto call = calls_.find(closed.circuit);
  if (call == calls_.end()) return;
  if (call->second->session->roots) return fail_call(closed.circuit, fail(Errc::connection_lost, why.message));
  // The session's own answer, which may still be on its way, says more than this circuit's end.
  call->second->early_close = why;
}

void Client::fail_call(CircuitId circuit, const Error& error, const describe::Node& data) {
  link_.endpoint().close(circuit, {wire::RelayCode::done, {}});
  auto node = calls_.extract(circuit);
  if (!node.empty()) node.mapped()->observer->on_error(error, data);
}

void Client::fail_session(const SessionId& id, const Error& error) {
  const auto found = sessions_.extract(id);
  if (found.empty()) return;
  link_.endpoint().close(found.mapped()->control, {wire::RelayCode::done, {}});
  std::vector<CircuitId> affected;
  for (const auto& [circuit, call] : calls_) {
    if (call->session == found.mapped().get()) affected.push_back(circuit);
  }
  for (const auto circuit : affected) fail_call(circuit, error);
  if (!found.mapped()->roots) events_.on_session_answered(id, error);
}

void Client::lost(const Error& why) {
  while (!sessions_.empty()) fail_session(SessionId(sessions_.begin()->first), why);
}

void Client::cancel(CallPort& port) {
  const auto circuit = static_cast<Call&>(port).circuit;
  link_.endpoint().close(circuit, {wire::RelayCode::done, {}});
  calls_.erase(circuit);
}

void Client::end_session(const SessionId& session) { fail_session(session, fail(Errc::interrupted, "the session was ended")); }

} // namespace rs::session
