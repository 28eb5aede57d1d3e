#pragma once

#include "base/clock.hpp"
#include "crypto/random.hpp"
#include "describe/error_report.hpp"
#include "net/http.hpp"
#include "relayd/api/call_auth.hpp"
#include "relayd/api/login_rate.hpp"
#include "relayd/api/password_worker.hpp"
#include "relayd/api/refusal_budget.hpp"
#include "relayd/devices.hpp"
#include "relayd/hub/hub.hpp"
#include "relayd/relay_keys.hpp"
#include "relayd/store/store_worker.hpp"
#include "relayd/tenants.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

// The HTTPS API's shape: a table of rows, one handler each. Handlers run on an I/O thread and must not block; what needs
// the store goes to its worker, and the reply may come from there.
namespace rs::relay::api {

// Records of strangers' failures a minute: the rest is only logged.
inline constexpr int kEnrolmentRefusals = 60;
inline constexpr int kLoginRefusals = 20;

struct Context {
  const Clock& clock;
  crypto::Random& random;
  const Tenants& tenants;
  const RelayKeys& keys;
  store::StoreWorker& store;
  PasswordWorker& passwords;
  Hub& hub;
  Devices& devices;
  CallAuth& auth;
  WallTime started;
  RefusalBudget enrolment_refusals{kEnrolmentRefusals};
  RefusalBudget login_refusals{kLoginRefusals};
  LoginRate login_rate{};
};

using Reply = std::function<void(net::HttpResponse)>; // once, from any thread

struct Request {
  const net::HttpRequest& http;
  std::string_view path; // without query
  std::string tail;      // what stands behind a row's path that ends in '/', decoded
  std::vector<std::pair<std::string, std::string>> query;
  std::optional<SignedIn> caller; // rows that need a sign-in

  const std::string* parameter(std::string_view name) const;
};

using Schema = describe::Node (*)();

struct Row {
  std::string_view method;
  std::string_view path; // one that ends in '/' takes any one segment more
  bool sign_in;
  void (*handle)(Context&, Request, Reply);
  std::string_view summary; // one line, for the OpenAPI document
  Schema request = nullptr; // of the JSON bodies; null: none is read, or the answer has nothing to describe
  Schema response = nullptr;
  std::string_view query = {}; // names of the query's parameters, all optional, with spaces between them
};

// The rows of one resource each, and all of them.
std::span<const Row> login_rows();
std::span<const Row> enrol_rows();
std::span<const Row> agent_rows();
std::span<const Row> token_rows();
std::span<const Row> audit_rows();
std::span<const Row> server_rows();
std::span<const Row> openapi_rows();
std::vector<std::span<const Row>> all_rows();

// Finds the row, checks the sign-in, and calls it: the one way to a handler.
void dispatch(Context& context, const net::HttpRequest& request, Reply reply);

net::HttpResponse json_response(const describe::Node& body, unsigned status = 200);
net::HttpResponse error_response(const Error& error);
template <class T>
net::HttpResponse ok(const T& body) {
  return json_response(describe::to_node(body));
}
// Answers from the store's thread; `limit` where its queue is full.
void from_store(Context& context, const Reply& reply, std::function<net::HttpResponse(store::Store&)> make);
// Admins and technicians may manage agents and tokens.
bool is_staff(const SignedIn& caller);

} // namespace rs::relay::api
