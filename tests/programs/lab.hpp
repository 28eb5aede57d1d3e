#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

// The real programs, started on free ports in a scratch directory, and stopped by pid. Time is real here: everything
// waits on a condition, with an end.
namespace rs::test {

inline const std::string kBin = std::string(RS_BINARY_DIR) + "/bin/";
using Seconds = std::chrono::seconds;

inline bool eventually(const std::function<bool()>& condition, Seconds within = Seconds(20)) {
  const auto end = std::chrono::steady_clock::now() + within;
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    ::poll(nullptr, 0, 20);
  }
  return condition();
}

inline std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Finished {
  int exit_code = -1; // 128 + N for signal N
  std::string out;
  std::string err;
};

using Environment = std::vector<std::pair<std::string, std::string>>;

// A program that runs; killed and reaped at the end if it still does.
class Child {
 public:
  Child(std::vector<std::string> argv, const Environment& environment, const std::string& out, const std::string& err,
        const std::string& in = "/dev/null", int ready_fd = -1) {
    pid_ = ::fork();
    if (pid_ != 0) return;
    const auto open_as = [](const std::string& path, int flags, int as) {
      const int fd = ::open(path.c_str(), flags, 0600);
      if (fd >= 0 && fd != as) ::dup2(fd, as);
    };
    open_as(in, O_RDWR, 0);
    open_as(out, O_WRONLY | O_CREAT | O_APPEND, 1);
    open_as(err, O_WRONLY | O_CREAT | O_APPEND, 2);
    if (ready_fd >= 0) ::dup2(ready_fd, 9);
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    std::vector<char*> pointers;
    for (auto& word : argv) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    ::execv(pointers[0], pointers.data());
    ::_exit(127);
  }
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Child& operator=(Child&& other) noexcept {
    std::swap(pid_, other.pid_);
    return *this;
  }
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  pid_t pid() const { return pid_; }
  void signal(int number) const { ::kill(pid_, number); }
  // Its exit code, or -1 where it did not end in time (it is killed then).
  int wait(Seconds within = Seconds(30)) {
    int status = 0;
    const bool ended = eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }, within);
    if (!ended) return -1;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_;
};

// One relay, its admin, and agents by name.
class Lab : public testing::Test {
 protected:
  Lab() {
    char name[] = "/tmp/rs-lab-XXXXXX";
    if (!::mkdtemp(name)) std::abort();
    dir = name;
  }
  ~Lab() override {
    agents_.clear();
    relay_.reset();
    if (HasFailure()) {
      for (const auto& entry : std::filesystem::directory_iterator(dir)) {
        if (entry.path().extension() == ".log")
          std::fprintf(stderr, "--- %s\n%s", entry.path().c_str(), contents(entry.path()).c_str());
      }
    }
    std::error_code ignored;
    std::filesystem::remove_all(dir, ignored);
  }

  std::string path(const std::string& name) const { return (dir / name).string(); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path(name), std::ios::binary) << text; }
  static std::string field(const std::string& json, const std::string& name) {
    const auto key = "\"" + name + "\":";
    auto at = json.find(key);
    if (at == std::string::npos) return {};
    at = json.find_first_not_of(" \"", at + key.size());
    return json.substr(at, json.find_first_of("\",}\n", at) - at);
  }

  Environment environment() const {
    return {{"RSCTL_CONFIG_DIR", path("rsctl")}, {"HOME", dir.string()}, {"NO_COLOR", "1"}, {"HTTPS_PROXY", ""}};
  }
  // Runs a program to its end.
  Finished run(const std::string& program, std::vector<std::string> arguments, const std::string& in = {}, Environment more = {},
               Seconds within = Seconds(60)) {
    auto child = start(program, std::move(arguments), in, std::move(more));
    Finished out;
    out.exit_code = child.child.wait(within);
    out.out = contents(child.out);
    out.err = contents(child.err);
    return out;
  }
  struct Started {
    Child child;
    std::string out; // files
    std::string err;
  };
  Started start(const std::string& program, std::vector<std::string> arguments, const std::string& in = {},
                Environment more = {}) {
    const auto base = path("run" + std::to_string(++runs_));
    if (!in.empty()) std::ofstream(base + ".in", std::ios::binary) << in;
    arguments.insert(arguments.begin(), kBin + program);
    auto all = environment();
    all.insert(all.end(), more.begin(), more.end());
    return {Child(std::move(arguments), all, base + ".out", base + ".err", in.empty() ? "/dev/null" : base + ".in"),
            base + ".out", base + ".err"};
  }
  Finished rsctl(std::vector<std::string> arguments, const std::string& in = {}, Environment more = {}) {
    return run("rsctl", std::move(arguments), in, std::move(more));
  }

  void init_relay(std::vector<std::string> tls = {"--self-signed", "localhost"}) {
    std::vector<std::string> arguments = {
        "init",  "--data", path("relay"), "--admin", kEmail, "--admin-password-stdin", "--org-root-out", path("org-root.jwk"),
        "--json"};
    arguments.insert(arguments.end(), tls.begin(), tls.end());
    const auto made = run("relayd", arguments, kPassword + "\n");
    ASSERT_EQ(made.exit_code, 0) << made.err;
    relay_fingerprint = field(made.out, "relay_fingerprint");
    org_fingerprint = field(made.out, "org_fingerprint");
  }
  // On the same port again after the first time.
  void start_relay() {
    relay_.emplace(start_ready(
        "relayd", {"serve", "--data", path("relay"), "--listen", "127.0.0.1:" + (port.empty() ? "0" : port), "--ready-fd", "9"},
        "relayd.log", relay_ready_));
    port = relay_ready_.substr(relay_ready_.rfind(':') + 1);
    server = "https://localhost:" + port;
  }
  Finished login(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {
        "-s", server, "login", "--email", kEmail, "--password-stdin", "--fingerprint", relay_fingerprint};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return rsctl(arguments, kPassword + "\n");
  }
  std::vector<std::string> agent_arguments(const std::string& name) const {
    return {"--state-dir", path(name), "--config", path(name + ".yaml")};
  }
  void enroll(const std::string& name) {
    const auto token = rsctl({"enroll-token", "create", "--json"});
    ASSERT_EQ(token.exit_code, 0) << token.err;
    auto arguments = agent_arguments(name);
    arguments.insert(arguments.end(), {"enroll", "--token-stdin", "--name", name});
    const auto enrolled = run("agentd", arguments, field(token.out, "token") + "\n");
    ASSERT_EQ(enrolled.exit_code, 0) << enrolled.err;
  }
  void start_agent(const std::string& name) {
    auto arguments = agent_arguments(name);
    arguments.insert(arguments.end(), {"run", "--ready-fd", "9"});
    std::string ready;
    agents_.emplace_back(name, start_ready("agentd", arguments, name + ".log", ready));
    ASSERT_EQ(ready.substr(0, 2), "a-") << contents(path(name + ".log"));
  }
  Child& agent(const std::string& name) {
    for (auto& [known, child] : agents_) {
      if (known == name) return child;
    }
    std::abort();
  }
  void forget_agent(const std::string& name) {
    std::erase_if(agents_, [&](const auto& entry) { return entry.first == name; });
  }
  // All of the above: relay, sign-in, one agent called box.
  void start_all() {
    ASSERT_NO_FATAL_FAILURE(init_relay());
    ASSERT_NO_FATAL_FAILURE(start_relay());
    const auto in = login();
    ASSERT_EQ(in.exit_code, 0) << in.err;
    ASSERT_NO_FATAL_FAILURE(enroll("box"));
    ASSERT_NO_FATAL_FAILURE(start_agent("box"));
  }
  bool is_online(const std::string& name) { return field(rsctl({"agents", "show", name, "--json"}).out, "online") == "true"; }

  std::filesystem::path dir;
  const std::string kEmail = "ada@lab.example";
  const std::string kPassword = "correct-horse-1";
  std::string relay_fingerprint;
  std::string org_fingerprint;
  std::string port;
  std::string server;
  std::optional<Child> relay_;

 private:
  // Starts a daemon and waits for its line on descriptor 9.
  Child start_ready(const std::string& program, std::vector<std::string> arguments, const std::string& log, std::string& line) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
    arguments.insert(arguments.begin(), kBin + program);
    Child child(std::move(arguments), environment(), path(log), path(log), "/dev/null", ends[1]);
    ::close(ends[1]);
    line.clear();
    pollfd waiting{ends[0], POLLIN, 0};
    for (char c = 0; ::poll(&waiting, 1, 30'000) > 0 && ::read(ends[0], &c, 1) == 1 && c != '\n';) line += c;
    ::close(ends[0]);
    return child;
  }

  std::string relay_ready_;
  std::vector<std::pair<std::string, Child>> agents_;
  int runs_ = 0;
};

} // namespace rs::test
