#pragma once

#include "session/agent.hpp"
#include "session/client.hpp"
#include "session/relay_link.hpp"
#include "support/tenant.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>

// Technicians, a relay and agents as machines in memory: no socket, no thread, no clock. Everything that passes between
// them can be seen and changed, which is how the relay plays the attacker.
namespace rs::test {

// What a fake exec service did: enough to see whether anything wrong was ever delivered or started.
struct FakeExecLog {
  int started = 0;
  int lost = 0;
  std::string stdin_bytes;
  bool stdin_ended = false;
  std::vector<Error> lost_with;
};

// A service "exec.run" that answers as its params say: {"echo":true} sends stdin back as stdout and ends with exit code 0
// at the end of stdin; {"exit":N} ends at once; {"flood":BYTES} sends so many bytes of stdout; {"hold":true} keeps
// what it reads from stdin without giving credit back.
class FakeExec final : public session::CallHandler {
 public:
  FakeExec(const describe::Node& params, session::CallPort& port, FakeExecLog& log) : port_(port), log_(log) {
    ++log_.started;
    echo_ = params.find("echo") != nullptr;
    hold_ = params.find("hold") != nullptr;
    if (const auto* flood = params.find("flood")) flood_ = number(*flood);
    if (const auto* exit = params.find("exit")) result(static_cast<std::int64_t>(number(*exit)));
  }
  void on_data(std::uint8_t, session::InData data) override {
    log_.stdin_bytes.append(as_text(data.view()));
    if (echo_) pending_.append(as_text(data.view()));
    if (!hold_) port_.consumed(data.size());
    on_writable();
  }
  void on_end(std::uint8_t) override {
    log_.stdin_ended = true;
    ended_ = true;
    on_writable();
  }
  void on_writable() override {
    while (!pending_.empty() || flood_ > 0) {
      const auto room = port_.sendable();
      if (room == 0) return;
      const auto size = std::min(room, pending_.empty() ? flood_ : pending_.size());
      session::OutFrame frame(size);
      if (pending_.empty()) std::fill_n(frame.room().begin(), size, std::uint8_t{'x'});
      else std::copy_n(pending_.begin(), size, frame.room().begin());
      port_.send(2, std::move(frame), size);
      if (pending_.empty()) flood_ -= size;
      else pending_.erase(0, size);
      if (flood_ == 0 && !echo_) return result(0);
    }
    if (echo_ && ended_) {
      port_.end(2);
      result(0);
    }
  }
  void on_lost(const Error& why) override {
    ++log_.lost;
    log_.lost_with.push_back(why);
  }

 private:
  static std::size_t number(const describe::Node& node) {
    const auto* value = node.get_if<std::int64_t>();
    const auto* natural = node.get_if<std::uint64_t>();
    return value ? static_cast<std::size_t>(*value) : natural ? static_cast<std::size_t>(*natural) : 0;
  }
  void result(std::int64_t exit_code) {
    describe::Node document;
    document.set("exit_code", exit_code);
    port_.result(std::move(document));
  }
  session::CallPort& port_;
  FakeExecLog& log_;
  std::string pending_;
  std::size_t flood_ = 0;
  bool echo_ = false;
  bool hold_ = false;
  bool ended_ = false;
};

// What a technician sees of one call.
struct SeenCall final : session::CallObserver {
  std::string out;
  bool out_ended = false;
  bool writable = false;
  bool take = true; // give credit back for what arrives
  std::optional<describe::Node> result;
  std::optional<Error> error;
  session::CallPort* port = nullptr;

  void on_progress(describe::Node) override {}
  void on_data(std::uint8_t, session::InData data) override {
    out.append(as_text(data.view()));
    if (take) port->consumed(data.size());
  }
  void on_end(std::uint8_t) override { out_ended = true; }
  void on_writable() override { writable = true; }
  void on_result(describe::Node document) override { result = std::move(document); }
  void on_error(const Error& why, const describe::Node&) override { error = why; }

  std::optional<std::int64_t> exit_code() const {
    if (!result || !result->find("exit_code")) return std::nullopt;
    const auto* code = result->find("exit_code")->get_if<std::int64_t>();
    const auto* natural = result->find("exit_code")->get_if<std::uint64_t>();
    if (code) return *code;
    return natural ? std::optional(static_cast<std::int64_t>(*natural)) : std::nullopt;
  }
};

class Sim;

struct SimAgent final : session::Agent::Host {
  SimAgent(Sim& sim, session::Identity keys, std::string name);
  const session::Policy& policy() override { return policy_; }
  const session::TakenBack& taken_back() override { return taken_back_; }
  int local_minute() override { return 12 * 60; }
  void audit(session::AgentAudit record, std::function<void(Result<void>)> done) override {
    audited.push_back(std::move(record));
    if (audit_fails) return done(fail(Errc::audit_unavailable, "no space left"));
    if (audit_waits) waiting_audits.push_back(std::move(done));
    else done({});
  }
  void on_welcomed(const session::PeerLink::Welcomed&) override { welcomed = true; }
  void on_relay_statement(const sealed::RelayStatement&) override {}
  void on_goaway(Millis) override { told_to_go = true; }
  void wake() override {}

  session::Identity keys;
  AgentId id;
  session::Policy policy_;
  session::TakenBack taken_back_;
  FakeExecLog exec;
  std::vector<session::AgentAudit> audited;
  std::vector<std::function<void(Result<void>)>> waiting_audits;
  bool audit_fails = false;
  bool audit_waits = false;
  bool welcomed = false;
  bool told_to_go = false;
  std::unique_ptr<session::Agent> machine;
};

struct SimClient final : session::Client::Events {
  SimClient(Sim& sim, session::Identity keys);
  void on_challenged(const sealed::RelayStatement&) override {
    if (at_challenge) at_challenge();
  }
  void on_welcomed(const sealed::OrgStatement&) override { welcomed = true; }
  void on_resolved(std::uint64_t, Result<sealed::AgentClaims> agent, std::string, bool) override { resolved = std::move(agent); }

  session::Identity keys;
  std::function<void()> at_challenge;
  bool welcomed = false;
  std::optional<Result<sealed::AgentClaims>> resolved;
  std::unique_ptr<session::Client> machine;
};

// What to do with a message that leaves the relay: the attacker may change, drop or repeat it, or add others.
struct Tap {
  session::LinkKey link = 0;
  wire::FrameType type;
  bool to_agent = false;
  std::vector<Buffer> replaced_by; // empty: dropped
};

class Sim final : public session::RelayLink::World {
 public:
  explicit Sim(std::uint64_t seed = 1) : tenant(seed) {}

  SimAgent& add_agent(const std::string& name, std::optional<session::Identity> keys = {}) {
    agents.push_back(std::make_unique<SimAgent>(*this, keys ? std::move(*keys) : tenant.new_keys(), name));
    auto& agent = *agents.back();
    connect(Pipe{.agent = &agent, .client = nullptr});
    return agent;
  }
  SimClient& add_client(std::optional<session::Identity> keys = {}) {
    clients.push_back(std::make_unique<SimClient>(*this, keys ? std::move(*keys) : tenant.technician()));
    connect(Pipe{.agent = nullptr, .client = clients.back().get()});
    return *clients.back();
  }

  // Until nothing moves any more.
  void run() {
    for (bool moved = true; moved;) {
      moved = false;
      for (auto& [key, pipe] : pipes_) moved = step(key, pipe) || moved;
      for (auto& crossing : std::exchange(crossings_, {})) {
        moved = true;
        crossing();
      }
    }
  }
  // Opens a session and one call on it, in one flight; run() does the rest.
  SeenCall& call(SimClient& client, const SimAgent& agent, describe::Node params, std::string as = "box",
                 TrafficClass traffic = TrafficClass::interactive) {
    calls.push_back(std::make_unique<SeenCall>());
    auto& seen = *calls.back();
    const auto session = tenant.new_session_id();
    const auto start = [this, &client, &seen, session, params, as, traffic,
                        claims = tenant.agent_claims(agent.keys, agent.id, "box")] {
      last_session = session;
      client.machine->open_session(session, claims);
      seen.port = &client.machine->call(session, {"exec.run", as, params, traffic}, seen, now);
    };
    if (client.welcomed) start();
    else client.at_challenge = start;
    return seen;
  }
  void drop_link(session::LinkKey key) {
    pipes_.at(key).open = false;
    pipes_.at(key).relay->lost();
    if (auto* agent = pipes_.at(key).agent) agent->machine->lost(fail(Errc::connection_lost, "cut"));
    if (auto* client = pipes_.at(key).client) client->machine->lost(fail(Errc::connection_lost, "cut"));
  }
  session::LinkKey key_of(const SimAgent& agent) const {
    return key_where([&](const Pipe& p) { return p.agent == &agent; });
  }
  session::LinkKey key_of(const SimClient& client) const {
    return key_where([&](const Pipe& p) { return p.client == &client; });
  }
  session::RelayLink& relay_of(session::LinkKey key) { return *pipes_.at(key).relay; }
  void inject_from_peer(session::LinkKey key, Buffer message) { from_peer(key, pipes_.at(key), std::move(message)); }
  void inject_to_peer(session::LinkKey key, Buffer message) { to_peer(key, pipes_.at(key), std::move(message)); }

  Tenant tenant;
  BootTime now{Millis(1'000'000)};
  WallTime wall = kNow;
  std::vector<std::unique_ptr<SimAgent>> agents;
  std::vector<std::unique_ptr<SimClient>> clients;
  std::vector<std::unique_ptr<SeenCall>> calls;
  SessionId last_session;
  std::function<void(Tap&, const Buffer&)> tap;  // sees each message that leaves the relay
  std::map<session::LinkKey, Error> link_errors; // of the relay about a peer
  std::map<session::LinkKey, Error> peer_errors; // of a peer about the relay
  bool relay_audit_fails = false;
  std::map<std::string, std::string> answers_for; // a lying relay: the certificate that a resolve of this name gets
  std::size_t relay_peak_bytes = 0;

 private:
  struct Pipe {
    SimAgent* agent;
    SimClient* client;
    std::unique_ptr<session::RelayLink> relay;
    bool open = true;
  };

  template <class Predicate>
  session::LinkKey key_where(Predicate predicate) const {
    session::LinkKey found = 0;
    for (const auto& [key, pipe] : pipes_) {
      if (predicate(pipe)) found = key;
    }
    return found;
  }

  void connect(Pipe pipe) {
    const auto key = next_key_++;
    pipe.relay =
        std::make_unique<session::RelayLink>(key, *this, Bytes(32, static_cast<std::uint8_t>(key)), tenant.relay_statement);
    pipes_.emplace(key, std::move(pipe));
  }

  bool step(session::LinkKey key, Pipe& pipe) {
    bool moved = false;
    while (pipe.open) {
      auto message = pipe.agent ? pipe.agent->machine->next_message(now) : pipe.client->machine->next_message(now);
      if (!message) break;
      moved = true;
      from_peer(key, pipe, std::move(*message));
    }
    while (pipe.open) {
      relay_peak_bytes = std::max(relay_peak_bytes, pipe.relay->queued_bytes());
      auto message = pipe.relay->next_message();
      if (!message) break;
      moved = true;
      Tap seen{key, static_cast<wire::FrameType>(message->data()[4]), pipe.agent != nullptr, {}};
      seen.replaced_by.push_back(Buffer::copy_of(message->view()));
      if (tap) tap(seen, *message);
      for (auto& out : seen.replaced_by) to_peer(key, pipe, std::move(out));
    }
    return moved;
  }
  void from_peer(session::LinkKey key, Pipe& pipe, Buffer message) {
    if (auto taken = pipe.relay->on_message(std::move(message)); !taken) {
      link_errors.emplace(key, taken.error());
      drop_link(key);
    }
  }
  void to_peer(session::LinkKey key, Pipe& pipe, Buffer message) {
    if (!pipe.open) return;
    auto taken = pipe.agent ? pipe.agent->machine->on_message(std::move(message), now, wall)
                            : pipe.client->machine->on_message(std::move(message), now, wall);
    if (taken) return;
    peer_errors.emplace(key, taken.error());
    if (pipe.agent) pipe.agent->machine->lost(taken.error());
    if (pipe.client) pipe.client->machine->lost(taken.error());
    pipe.open = false;
    pipe.relay->lost();
  }

  void authenticate(session::LinkKey key, wire::Hello, Bytes) override {
    auto& pipe = pipes_.at(key);
    session::Peer peer{pipe.agent != nullptr, tenant.org_id,   pipe.agent ? pipe.agent->id.text() : "u-1", "peer",
                       "ada@acme.example",    Role::technician};
    if (auto taken = pipe.relay->admit(peer, {tenant.org_statement, {}, {}}); !taken) link_errors.emplace(key, taken.error());
  }
  void resolve(session::LinkKey key, const session::Peer&, wire::Resolve request) override {
    wire::Control answer;
    answer.error = wire::ControlError{wire::RelayCode::not_found, "no agent '" + request.target + "'", request.n};
    if (answers_for.contains(request.target)) {
      answer.error.reset();
      answer.resolved = wire::Resolved{request.n, answers_for.at(request.target), true};
    }
    pipes_.at(key).relay->answer(answer);
  }
  void route(session::LinkKey key, const session::Peer&, wire::CircuitId circuit, wire::OpenBody body, Buffer frame) override {
    const auto target = key_where([&](const Pipe& p) { return p.open && p.agent && p.agent->id.text() == body.target; });
    auto shared = std::make_shared<Buffer>(std::move(frame));
    crossings_.push_back([this, key, circuit, target, body, shared] {
      auto& opener = *pipes_.at(key).relay;
      if (relay_audit_fails) return opener.refused(circuit, {wire::RelayCode::audit_unavailable, "no space left"});
      if (target == 0) return opener.refused(circuit, {wire::RelayCode::agent_offline, "not connected"});
      pipes_.at(target).relay->incoming_open(key, circuit, body.class_, std::move(*shared));
      opener.committed(circuit);
    });
  }
  void cross(session::LinkKey to, wire::CircuitId circuit, Buffer frame) override {
    auto shared = std::make_shared<Buffer>(std::move(frame));
    crossings_.push_back([this, to, circuit, shared] {
      if (pipes_.contains(to)) pipes_.at(to).relay->deliver(circuit, std::move(*shared), now);
    });
  }
  void bound(session::LinkKey opener, wire::CircuitId circuit, session::LinkKey target, wire::CircuitId target_circuit) override {
    crossings_.push_back(
        [this, opener, circuit, target, target_circuit] { pipes_.at(opener).relay->bound(circuit, target, target_circuit); });
  }
  void wake(session::LinkKey) override {}

  std::map<session::LinkKey, Pipe> pipes_;
  std::deque<std::function<void()>> crossings_;
  session::LinkKey next_key_ = 1;
};

inline SimAgent::SimAgent(Sim& sim, session::Identity k, std::string name) : keys(std::move(k)), id(sim.tenant.new_agent_id()) {
  policy_.allow.value = session::default_allow();
  keys.certificate = sealed::sign_document(sim.tenant.agent_claims(keys, id, name), sim.tenant.issuer);
  session::Service service{"exec.run", Permission::exec,
                           [this](const session::Caller&, const describe::Node& params,
                                  session::CallPort& port) -> Result<std::unique_ptr<session::CallHandler>> {
    return std::unique_ptr<session::CallHandler>(std::make_unique<FakeExec>(params, port, exec));
  }};
  machine = std::make_unique<session::Agent>(
      session::Agent::Config{{keys, sim.tenant.trust(), session::InstanceOffer{{}, {1, Bytes(16, 1)}}, {}},
                             sim.tenant.org,
                             id,
                             std::move(name),
                             "test",
                             {service},
                             {},
                             {}},
      sim.tenant.random, *this);
}

inline SimClient::SimClient(Sim& sim, session::Identity k) : keys(std::move(k)) {
  machine = std::make_unique<session::Client>(session::PeerLink::Config{keys, sim.tenant.trust(), {}, {}}, sim.tenant.org,
                                              sim.tenant.random, *this);
}

} // namespace rs::test
