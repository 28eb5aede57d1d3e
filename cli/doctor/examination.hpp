#pragma once

#include "cli/api.hpp"
#include "cli/doctor/hop.hpp"
#include "net/url.hpp"
#include "sealed/documents.hpp"
#include "wire/api.hpp"

#include <optional>
#include <vector>

namespace rs::cli::doctor {

class LinkProbe;

// The way from this machine to the relay and, with a name, to an agent, hop by hop. A hop that fails ends only what
// cannot be judged without it.
class Examination {
 public:
  // --timeout is for all hops together.
  explicit Examination(Context& context);

  // `interrupted` ends it early; all else is in the hops.
  Result<void> run(const std::optional<std::string>& agent);
  const std::vector<Hop>& hops() const { return hops_; } // that there are so far

 private:
  void check_files();
  Result<void> check_way();
  Result<void> check_proxy(const std::optional<std::string>& url);
  void on_step(const net::ConnectStep& step);
  void note_failed_connection(const Error& why);
  void check_tls(const net::ServerIdentity& server);
  Result<void> check_relay(Connection& connection);
  Result<void> check_sign_in();
  Result<void> check_link(const std::optional<std::string>& agent);
  Result<void> check_agent(const std::string& agent, LinkProbe* probe); // null: there is no link
  Result<sealed::AgentClaims> verify(const wire::api::AgentEntry& entry, const std::string& as);

  void add(Hop hop, std::optional<Millis> took = {});
  Millis lap();       // since the last one
  Context& in_time(); // with what is left of --timeout
  void skip(std::initializer_list<const char*> hops, const std::string& why);

  Context& context_;
  std::vector<Hop> hops_;
  std::optional<BootTime> deadline_;
  BootTime mark_{};
  std::optional<net::Proxy> proxy_;
  const char* next_step_ = "dns"; // of connecting
  bool relay_known_ = false;      // it is who it should be, so that requests may be signed for it
  bool signed_in_ = false;
};

} // namespace rs::cli::doctor
