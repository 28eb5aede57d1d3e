#include "session/agent.hpp"

#include "base/log.hpp"
#include "wire/limits.hpp"

#include <algorithm>

namespace rs::session {
namespace {

const Logger kLog("session");

// A body that its sender and we agree on: everything in it is known to both ends.
Result<void> check_open(const wire::OpenBody& body, const AgentId& own, const std::string& org) {
  if (body.version != wire::OpenBody::kCurrent) return fail(Errc::unsupported, "OPEN version " + std::to_string(body.version));
  if (body.org != org || body.target != own.text()) return fail(Errc::wrong_target, "OPEN for another agent");
  if (body.mode != wire::HandshakeMode::ik) return fail(Errc::unsupported, "an enrolled agent takes ik only");
  return {};
}

bool is_named(const std::string& as, const AgentId& id, const std::string& name) {
  return as == name || as == id.text() || (as.size() >= wire::kLeastIdPrefix && id.text().starts_with(as));
}

} // namespace

struct Agent::Session {
  SessionId id;
  wire::CircuitId control = 0;
  Caller caller;
  std::vector<Permission> certified;
  Roots roots;
  std::unique_ptr<CallChannel> channel;
  BootTime handshake_at{};
  BootTime expires{}; // a clock that is set back must not prolong a session
  crypto::PublicKey key{};
  WallTime since{};
  std::uint64_t last_call_no = 0;
  bool spoken = false; // a sealed frame of the technician's has opened
  std::size_t calls = 0;
};

struct Agent::Call {
  wire::CircuitId circuit = 0;
  SessionId session;
  std::string name; // once requested
  std::unique_ptr<CallChannel> channel;
  std::unique_ptr<CallHandler> handler;
  std::vector<CallChannel::Incoming> early; // stream frames that came while the check ran
  bool requested = false;
};

Agent::Agent(Config config, crypto::Random& random, Host& host)
    : link_(config.link), config_(std::move(config)), random_(random), host_(host),
      time_(config_.build_date, config_.greatest_iat) {}

Agent::~Agent() = default;

Result<void> Agent::on_message(Buffer message, BootTime now, WallTime wall) {
  if (auto taken = link_.endpoint().on_message(std::move(message), now); !taken)
    return fail(Errc::connection_lost, "the relay broke the protocol: " + taken.error().message);
  while (auto event = link_.endpoint().next_event()) RS_CHECK(handle(std::move(*event), now, wall));
  collect_finished();
  return {};
}

std::optional<Buffer> Agent::next_message(BootTime now) {
  collect_finished();
  auto message = link_.endpoint().next_message(now);
  while (auto event = link_.endpoint().next_event()) (void)handle(std::move(*event), now, {});
  collect_finished();
  return message;
}

Result<void> Agent::handle(link::Endpoint::Event event, BootTime now, WallTime wall) {
  if (auto* control = std::get_if<link::Endpoint::ControlReceived>(&event)) {
    RS_TRY(auto peer_event, link_.on_control(std::move(control->control), time_.now(wall)));
    if (!peer_event) return {};
    if (auto* challenged = std::get_if<PeerLink::Challenged>(&*peer_event)) {
      note_verified(challenged->statement.iat, wall);
      host_.on_relay_statement(challenged->statement);
    } else if (auto* welcomed = std::get_if<PeerLink::Welcomed>(&*peer_event)) {
      config_.org = welcomed->org;
      note_verified(welcomed->org.iat, wall);
      host_.on_welcomed(*welcomed);
    } else if (auto& message = std::get<wire::Control>(*peer_event); message.goaway) {
      host_.on_goaway(message.goaway->retry_after);
    }
  } else if (auto* opened = std::get_if<link::Endpoint::Opened>(&event)) {
    on_opened(std::move(*opened), now, wall);
  } else if (auto* received = std::get_if<link::Endpoint::Received>(&event)) {
    on_received(std::move(*received), now, wall);
  } else if (auto* closed = std::get_if<link::Endpoint::Closed>(&event)) {
    on_closed(closed->circuit, fail(Errc::connection_lost, "the relay closed the circuit: " + closed->body.message));
  } else if (auto* writable = std::get_if<link::Endpoint::Writable>(&event)) {
    const auto call = calls_.find(writable->circuit);
    if (call == calls_.end() || !call->second->channel) return {};
    call->second->channel->on_writable();
    if (call->second->handler && call->second->channel->idle() && !call->second->channel->finished())
      call->second->handler->on_writable();
  }
  return {};
}

void Agent::on_opened(link::Endpoint::Opened opened, BootTime now, WallTime wall) {
  const auto& body = opened.body;
  if (!link_.welcomed() || body.call_no % 2 != 0)
    return link_.endpoint().refuse(opened.circuit, {wire::RelayCode::protocol, "OPEN out of order"});
  if (body.call_no == 0) open_session(opened, now, wall);
  else open_call(opened);
}

std::size_t Agent::half_sessions() const {
  return static_cast<std::size_t>(
      std::count_if(sessions_.begin(), sessions_.end(), [](const auto& s) { return !s.second->spoken; }));
}

void Agent::open_session(const link::Endpoint::Opened& opened, BootTime now, WallTime wall) {
  auto& endpoint = link_.endpoint();
  const auto refuse = [&](wire::RelayCode code, std::string message) {
    kLog.warning("handshake-refused", {{"session", opened.body.session.text()}, {"reason", message}});
    endpoint.refuse(opened.circuit, {code, std::move(message)});
  };
  if (half_sessions() >= wire::kMaxHalfSessions)
    return refuse(wire::RelayCode::limit, "half-open sessions: " + std::to_string(wire::kMaxHalfSessions));
  if (sessions_.size() >= wire::kMaxSessions)
    return refuse(wire::RelayCode::limit, "sessions: " + std::to_string(wire::kMaxSessions));
  if (sessions_.contains(opened.body.session)) return refuse(wire::RelayCode::protocol, "the session exists");
  if (!may_handshake(now))
    return refuse(wire::RelayCode::limit, "handshakes a second: " + std::to_string(wire::kHandshakesPerSecond));

  sealed::Handshake handshake(sealed::Pattern::ik, false, sealed::session_prologue(opened.json), config_.link.identity.noise, {},
                              random_);
  const auto payload = handshake.read(opened.opaque);
  if (!payload) return refuse(wire::RelayCode::protocol, "handshake: " + payload.error().message);
  const auto key = *handshake.remote_static();
  if (sessions_of(key) >= wire::kMaxSessionsPerKey)
    return refuse(wire::RelayCode::limit, "sessions of one technician: " + std::to_string(wire::kMaxSessionsPerKey));
  const auto certificate = check_certificate(opened, *payload, key, wall);

  SessionReply reply{.refused = {}, .version = config_.version, .calls = {}};
  if (!certificate) {
    reply.refused = Refusal{std::string(name(certificate.error().code)), certificate.error().message};
    kLog.warning("session-refused", {{"session", opened.body.session.text()}, {"reason", certificate.error().message}});
  }
  for (const auto& service : config_.services) reply.calls.emplace_back(service.call);
  const auto answer = handshake.write(as_bytes(describe::to_json(reply)));
  RS_ASSERT(answer);
  endpoint.accept(opened.circuit, *answer);
  if (!certificate) return endpoint.close(opened.circuit, {wire::RelayCode::done, {}});
  endpoint.grant(opened.circuit, wire::kWindow);

  auto session = std::make_unique<Session>();
  session->id = opened.body.session;
  session->control = opened.circuit;
  session->caller = Caller{opened.body.session, certificate->sub, certificate->name, certificate->email, certificate->role};
  session->certified = certificate->permissions;
  session->roots = Roots::of(handshake.split(), false);
  session->channel = std::make_unique<CallChannel>(endpoint, opened.circuit, session->roots, 0, opened.json);
  session->handshake_at = now;
  const auto left = from_unix_seconds(certificate->exp + sealed::kClockTolerance) - time_.now(wall);
  session->expires = now + std::chrono::duration_cast<Millis>(left);
  session->key = key;
  sessions_[opened.body.session] = std::move(session);
}

Result<sealed::TechnicianClaims> Agent::check_certificate(const link::Endpoint::Opened& opened, ByteView payload,
                                                          const crypto::PublicKey& noise_key, WallTime wall) {
  RS_CHECK(check_open(opened.body, config_.id, config_.org.org));
  RS_TRY(auto claims, sealed::verify_technician(as_text(payload), config_.org, time_.now(wall)));
  if (claims.cnf.noise != noise_key) return fail(Errc::forbidden, "the certificate is for another key");
  RS_CHECK(admit(host_.taken_back(), claims.email, wall));
  note_verified(claims.iat, wall);
  return claims;
}

// A document may be from up to five minutes ahead; taken as it is, each would push the next one's limit further.
void Agent::note_verified(std::int64_t iat, WallTime wall) { time_.verified(std::min(iat, to_unix_seconds(time_.now(wall)))); }

// Handshakes cost public-key operations before anything is known of who asks: so many a second, with a burst.
bool Agent::may_handshake(BootTime now) {
  const auto passed = std::min<std::int64_t>((now - handshakes_at_).count(), 60'000);
  handshakes_at_ = now;
  handshakes_left_ = std::min<std::int64_t>(handshakes_left_ + passed * wire::kHandshakesPerSecond / 1000, wire::kHandshakeBurst);
  if (handshakes_left_ <= 0) return false;
  --handshakes_left_;
  return true;
}

std::size_t Agent::sessions_of(const crypto::PublicKey& key) const {
  return static_cast<std::size_t>(
      std::count_if(sessions_.begin(), sessions_.end(), [&](const auto& s) { return s.second->key == key; }));
}

void Agent::open_call(const link::Endpoint::Opened& opened) {
  auto& endpoint = link_.endpoint();
  const auto& body = opened.body;
  const auto found = sessions_.find(body.session);
  if (found == sessions_.end() || !check_open(body, config_.id, config_.org.org))
    return endpoint.refuse(opened.circuit, {wire::RelayCode::not_found, "no such session"});
  Session& session = *found->second;
  if (body.call_no <= session.last_call_no || !opened.opaque.empty())
    return endpoint.refuse(opened.circuit,
                           {wire::RelayCode::protocol, "call " + std::to_string(body.call_no) + " is not above the last"});
  if (session.calls >= wire::kMaxCallsPerSession)
    return endpoint.refuse(opened.circuit,
                           {wire::RelayCode::limit, "calls in a session: " + std::to_string(wire::kMaxCallsPerSession)});
  session.last_call_no = body.call_no;
  ++session.calls;
  auto call = std::make_unique<Call>();
  call->circuit = opened.circuit;
  call->session = body.session;
  call->channel = std::make_unique<CallChannel>(endpoint, opened.circuit, session.roots, body.call_no, opened.json);
  call->channel->on_output = [this] { host_.wake(); };
  call->channel->on_finished = [this, circuit = opened.circuit] {
    finished_.push_back(circuit);
    host_.wake();
  };
  calls_[opened.circuit] = std::move(call);
  endpoint.accept(opened.circuit, {});
  endpoint.grant(opened.circuit, wire::kWindow);
}

void Agent::on_received(link::Endpoint::Received received, BootTime now, WallTime wall) {
  const auto circuit = received.circuit;
  for (auto& [id, session] : sessions_) {
    if (session->control != circuit) continue;
    // The technician has nothing to say on the control call yet, but his first frame proves that he has the keys.
    if (auto incoming = session->channel->receive(std::move(received.message)); incoming) first_word(*session, wall);
    else drop_session(SessionId(id), incoming.error(), false);
    return;
  }
  const auto found = calls_.find(circuit);
  if (found == calls_.end()) return;
  Call& call = *found->second;
  auto incoming = call.channel->receive(std::move(received.message));
  if (!incoming) {
    kLog.warning("call-broken", {{"session", call.session.text()}, {"reason", incoming.error().message}});
    return drop_call(circuit, incoming.error());
  }
  first_word(*sessions_.at(call.session), wall);
  if (call.channel->finished()) return; // in flight when the result was given
  if (auto* document = std::get_if<CallChannel::Document>(&*incoming)) {
    if (call.requested) return drop_call(circuit, fail(Errc::invalid, "a second request on one call"));
    return on_request(call, document->node, now);
  }
  if (!call.handler) {
    if (!call.requested) return drop_call(circuit, fail(Errc::invalid, "stream data before the request"));
    call.early.push_back(std::move(*incoming)); // bounded by the credit that the call was given
    return;
  }
  if (auto* data = std::get_if<CallChannel::Data>(&*incoming)) call.handler->on_data(data->kind, std::move(data->data));
  else call.handler->on_end(std::get<CallChannel::End>(*incoming).kind);
}

void Agent::first_word(Session& session, WallTime wall) {
  if (session.spoken) return;
  session.spoken = true;
  session.since = wall;
  kLog.info("session-started", {{"session", session.id.text()}, {"technician", session.caller.email}});
}

void Agent::on_request(Call& call, const describe::Node& node, BootTime now) {
  call.requested = true;
  auto request = describe::from_node<CallRequest>(node, describe::Unknown::ignore);
  if (!request) return refuse_recorded(call, within("call", request.error()));
  call.name = request->call;
  const Session& session = *sessions_.at(call.session);
  if (!is_named(request->as, config_.id, config_.name))
    return refuse_recorded(call, fail(Errc::wrong_target, "the call is for '" + request->as + "', this is " + config_.name));
  if (static_cast<std::uint64_t>((now - session.handshake_at).count()) > request->within_ms)
    return refuse_recorded(call,
                           fail(Errc::too_late, "the call came " + std::to_string((now - session.handshake_at).count()) +
                                                    " ms after the handshake, allowed " + std::to_string(request->within_ms)));
  const auto service =
      std::find_if(config_.services.begin(), config_.services.end(), [&](const Service& s) { return s.call == request->call; });
  if (service == config_.services.end())
    return refuse_recorded(call, fail(Errc::unsupported, "no service '" + request->call + "'"));

  const auto decision = decide(host_.policy(), session.caller, session.certified, service->permission, host_.local_minute());
  AgentAudit record{request->call, session.caller, decision.allowed, decision.reason, {}};
  if (service->subject) record.subject = service->subject(request->params).substr(0, kMaxSubject);
  host_.audit(std::move(record), [this, alive = std::weak_ptr<int>(alive_), circuit = call.circuit, service = *service, decision,
                                  params = std::move(request->params)](Result<void> recorded) mutable {
    if (alive.expired()) return;
    const auto found = calls_.find(circuit);
    if (found == calls_.end()) return; // it went while the record was written
    if (!recorded) refuse_call(*found->second, recorded.error());
    else if (!decision.allowed) refuse_call(*found->second, fail(Errc::forbidden, decision.reason));
    else start_handler(circuit, service, std::move(params));
    host_.wake();
  });
}

// The refusal is on record before the technician hears it.
void Agent::refuse_recorded(Call& call, const Error& error) {
  AgentAudit record{call.name.empty() ? "call" : call.name, sessions_.at(call.session)->caller, false, error.message, {}};
  host_.audit(std::move(record),
              [this, alive = std::weak_ptr<int>(alive_), circuit = call.circuit, error](Result<void> recorded) {
    if (alive.expired()) return;
    const auto found = calls_.find(circuit);
    if (found != calls_.end()) refuse_call(*found->second, recorded ? error : recorded.error());
  });
}

void Agent::start_handler(wire::CircuitId circuit, const Service& service, describe::Node params) {
  Call& call = *calls_.at(circuit);
  auto handler = service.start(sessions_.at(call.session)->caller, params, *call.channel);
  if (!handler) return refuse_call(call, handler.error());
  call.handler = std::move(*handler);
  for (auto& incoming : std::exchange(call.early, {})) {
    if (auto* data = std::get_if<CallChannel::Data>(&incoming)) call.handler->on_data(data->kind, std::move(data->data));
    else call.handler->on_end(std::get<CallChannel::End>(incoming).kind);
  }
  if (!call.channel->finished() && call.channel->sendable() > 0) call.handler->on_writable();
}

void Agent::refuse_call(Call& call, const Error& error) {
  kLog.warning("call-refused", {{"session", call.session.text()},
                                {"call", call.name},
                                {"code", std::string(name(error.code))},
                                {"reason", error.message}});
  call.channel->error(error);
}

// The result is queued; the circuit closes when it has left. Handlers are destroyed here, never below themselves.
void Agent::collect_finished() {
  for (const auto circuit : std::exchange(finished_, {})) {
    const auto call = calls_.find(circuit);
    if (call == calls_.end()) continue;
    if (call->second->channel->idle()) finish_call(circuit);
    else finished_.push_back(circuit); // the result waits for credit
  }
}

void Agent::finish_call(wire::CircuitId circuit) {
  link_.endpoint().close(circuit, {wire::RelayCode::done, {}});
  auto node = calls_.extract(circuit);
  if (const auto session = sessions_.find(node.mapped()->session); session != sessions_.end()) --session->second->calls;
}

void Agent::drop_call(wire::CircuitId circuit, const Error& why, bool tell) {
  auto node = calls_.extract(circuit);
  if (node.empty()) return;
  if (const auto session = sessions_.find(node.mapped()->session); session != sessions_.end()) --session->second->calls;
  auto& call = *node.mapped();
  const bool finished = call.channel->finished();
  if (call.handler && !finished) call.handler->on_lost(why);
  if (tell && !finished) call.channel->error(why);
  link_.endpoint().close(circuit, {wire::RelayCode::done, {}});
}

void Agent::on_closed(wire::CircuitId circuit, const Error& why) {
  drop_call(circuit, why);
  for (const auto& [id, session] : sessions_) {
    if (session->control == circuit) return drop_session(SessionId(id), why, false);
  }
}

void Agent::drop_session(const SessionId& id, const Error& why, bool tell) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  std::vector<wire::CircuitId> affected;
  for (const auto& [circuit, call] : calls_) {
    if (call->session == id) affected.push_back(circuit);
  }
  for (const auto circuit : affected) drop_call(circuit, why, tell);
  if (tell) {
    SessionEvent event;
    event.ended = Refusal{std::string(name(why.code)), why.message};
    (void)found->second->channel->send_document(describe::to_node(event));
  }
  if (found->second->spoken) kLog.info("session-ended", {{"session", id.text()}, {"reason", why.message}});
  link_.endpoint().close(found->second->control, {wire::RelayCode::done, {}});
  sessions_.erase(id);
}

void Agent::lost(const Error& why) {
  while (!sessions_.empty()) drop_session(SessionId(sessions_.begin()->first), why, false);
}

void Agent::on_time(BootTime now) {
  std::vector<std::pair<SessionId, Error>> over;
  for (const auto& [id, session] : sessions_) {
    if (!session->spoken && now - session->handshake_at > wire::kHalfSessionTimeout)
      over.emplace_back(id, fail(Errc::timeout, "the technician never spoke"));
    else if (now > session->expires) over.emplace_back(id, fail(Errc::expired, "the technician's certificate has expired"));
  }
  for (const auto& [id, why] : over) drop_session(id, why, true);
}

std::vector<SessionInfo> Agent::sessions() const {
  std::vector<SessionInfo> out;
  for (const auto& [id, session] : sessions_) {
    if (!session->spoken) continue;
    SessionInfo info{id, session->caller, session->since, {}};
    for (const auto& [circuit, call] : calls_) {
      if (call->session == id && call->handler) info.calls.push_back(call->name);
    }
    out.push_back(std::move(info));
  }
  return out;
}

std::size_t Agent::end_session(const SessionId& session, const Error& why) {
  if (!sessions_.contains(session)) return 0;
  drop_session(SessionId(session), why, true);
  return 1;
}

std::size_t Agent::end_all(const Error& why) {
  std::size_t count = 0;
  while (!sessions_.empty()) count += end_session(SessionId(sessions_.begin()->first), why);
  return count;
}

std::size_t Agent::end_technician(const std::string& email, const Error& why) {
  std::vector<SessionId> theirs;
  for (const auto& [id, session] : sessions_) {
    if (same_address(session->caller.email, email)) theirs.push_back(id);
  }
  for (const auto& id : theirs) end_session(id, why);
  return theirs.size();
}

} // namespace rs::session
