#include "lab.hpp"

#include <algorithm>

// The command-line contract of rsctl, walked row by row with the real programs.
namespace rs::test {
namespace {

using Line = std::vector<std::string>;

Line words(const std::string& line) {
  Line out;
  std::istringstream in(line);
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

// A command that works against relay and agent box, what its JSON must hold, and a line that is wrong.
struct Row {
  const char* words;
  const char* good;   // behind the words; '@' is a directory that both ends see
  const char* schema; // "": it prints no document
  const char* fields; // of the document, or of each item
  const char* wrong;  // behind the words; exit code 2
};

const Row kRows[] = {
    {"whoami", "", "rsctl.whoami.v1", "user email name role tenant server expires", "box"},
    {"auth status", "", "rsctl.auth-status.v1", "profile server tenant signed_in relay_fingerprint relay_pinned org_pinned",
     "box"},
    {"agents list", "", "rsctl.agents.v1", "id name tags online os version last_seen", "-l role"},
    {"agents list", "-l online --cached", "rsctl.agents.v1", "id name tags online os version", "--cached=x y"},
    {"agents show", "box", "rsctl.agent.v1", "id name tags online os version last_seen", ""},
    {"targets", "-l online", "rsctl.targets.v1", "id name tags online os version", "-w a["},
    {"targets", "box", "rsctl.targets.v1", "id name tags online os version", ""},
    {"wait", "box --for online --timeout 20s", "rsctl.agent.v1", "id name online", "box --for asleep"},
    {"enroll-token create", "--ttl 1m --uses 2 --tag k=v --allow exec", "rsctl.enroll-token.v1", "token id expires", "--tag k"},
    {"enroll-token list", "", "rsctl.enroll-tokens.v1", "id uses_left tags allow ephemeral expires created_by", "x"},
    {"enroll-token revoke", "x --dry-run", "", "", ""},
    {"exec", "box -- true", "rsctl.exec.v1", "exit_code stdout stderr truncated duration_ms", "box"},
    {"org show", "", "rsctl.org.v1", "tenant org mode means statement fingerprint pinned issuers", "x"},
    {"org fingerprint", "", "rsctl.org-fingerprint.v1", "fingerprint pinned", "x"},
    {"audit list", "--since 24h --limit 2", "rsctl.audit.v1", "seq time writer action hash", "--since noon"},
    {"audit verify", "", "rsctl.audit-verify.v1", "verified writer records hash", "x"},
    {"server status", "", "rsctl.server-status.v1", "version uptime_s agents_online links circuits", "x"},
    {"config explain", "", "rsctl.config.v1", "name origin", "x"},
    {"doctor", "box", "rsctl.doctor.v1", "hop state detail", "box box"},
    {"completion", "bash", "", "", "csh"},
    {"help", "exit-codes", "rsctl.exit-codes.v1", "exit_code codes meaning", "juggling"},
    {"help", "environment", "rsctl.environment.v1", "name meaning", "exec juggling"},
    {"help", "targets", "rsctl.target-examples.v1", "example meaning", "juggling"},
    {"login", "", "", "", "--password-stdin"},
    {"logout", "--dry-run", "", "", "box"},
    {"diag", "box system", "rsctl.diag.v1", "system", "box astrology"},
    {"screenshot", "", "", "", "--display :0"},
    {"push", "/etc/passwd box:@/pushed", "rsctl.push.v1",
     "files directories links bytes present skipped failed failures attempts duration_ms", "/etc/passwd @/pushed"},
    {"pull", "box:/etc/passwd @/pulled", "rsctl.pull.v1",
     "files directories links bytes present skipped failed failures attempts duration_ms", "box:/etc/passwd box:@/pulled"},
    {"ls", "box:/etc", "rsctl.files.v1", "name type mode size modified owner group", "/etc"},
    {"cat", "box:/etc/passwd", "", "", "/etc/passwd"},
    {"stat", "box:/etc/passwd", "rsctl.file.v1", "name type mode size modified owner group links inode", "/etc/passwd"},
    {"rm", "-f box:@/pushed", "rsctl.rm.v1", "removed failed failures", "box:"},
};

bool own_exit_code(const Row& row) { return std::string(row.words) == "exec"; }

class ProgramsContract : public Lab {
 protected:
  Finished call(const Row& row, const std::string& rest, const std::string& more = {}) {
    Line line = words(more + " " + std::string(row.words) + " " + rest);
    for (auto& word : line) {
      if (const auto at = word.find('@'); at != std::string::npos) word.replace(at, 1, dir.string());
    }
    return rsctl(line);
  }
};

TEST_F(ProgramsContract, EveryVerbHasHelpAndIsInTheRows) {
  const auto overview = rsctl({"--help"});
  EXPECT_EQ(overview.exit_code, 0);
  std::istringstream lines(overview.out.substr(overview.out.find("Commands:\n") + 10));
  for (std::string line; std::getline(lines, line) && line.starts_with("  ");) {
    const bool walked = std::ranges::any_of(kRows, [&](const Row& row) { return line.substr(2).starts_with(row.words); });
    EXPECT_TRUE(walked) << line << " is no row of this test";
  }
  for (const auto& row : kRows) {
    const auto help = call(row, "--help");
    EXPECT_EQ(help.exit_code, 0) << row.words;
    EXPECT_NE(help.out.find("Usage: rsctl " + std::string(row.words)), std::string::npos) << help.out;
    EXPECT_EQ(help.err, "") << row.words;
    EXPECT_NE(overview.out.find("  " + std::string(row.words)), std::string::npos) << row.words;
  }
}

TEST_F(ProgramsContract, WrongLinesAreExit2AndOneObjectInJson) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  for (const auto& row : kRows) {
    for (const std::string& wrong : {std::string(row.wrong), std::string("--no-such-option")}) {
      if (wrong.empty() && std::string(row.good).empty()) continue;
      const auto result = call(row, wrong, "-o json");
      EXPECT_EQ(result.exit_code, own_exit_code(row) ? 125 : 2) << row.words << " " << wrong << ": " << result.err;
      const auto code = field(result.err, "code");
      EXPECT_TRUE(code == "usage" || code == "invalid") << row.words << " " << wrong << ": " << result.err;
      EXPECT_EQ(result.out, "") << row.words;
    }
  }
}

TEST_F(ProgramsContract, EveryDocumentHasItsSchemaAndFieldsInEachFormat) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  for (const auto& row : kRows) {
    if (*row.schema == '\0') continue;
    const auto json = call(row, row.good, "-o json");
    EXPECT_EQ(json.exit_code, 0) << row.words << ": " << json.err;
    EXPECT_EQ(field(json.out, "schema"), row.schema) << row.words;
    for (const auto& name : words(row.fields))
      EXPECT_NE(json.out.find("\"" + name + "\":"), std::string::npos) << row.words << ": " << name << "\n" << json.out;
    const auto ndjson = call(row, row.good, "-o ndjson");
    EXPECT_EQ(field(ndjson.out.substr(0, ndjson.out.find('\n')), "schema"), row.schema) << row.words;
    const auto yaml = call(row, row.good, "-o yaml");
    EXPECT_TRUE(yaml.out.starts_with("schema: ")) << row.words << ": " << yaml.out;
    EXPECT_EQ(call(row, row.good, "-o name").exit_code, 0) << row.words;
    EXPECT_EQ(call(row, row.good).exit_code, 0) << row.words;
  }
}

TEST_F(ProgramsContract, FieldsArePickedAndUnknownOnesNamed) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  for (const auto& row : kRows) {
    if (*row.schema == '\0') continue;
    const auto first = words(row.fields)[0];
    const auto picked = call(row, row.good, "-o ndjson --fields " + first);
    EXPECT_EQ(picked.exit_code, 0) << row.words << ": " << picked.err;
    const auto line = picked.out.substr(0, picked.out.find('\n'));
    EXPECT_TRUE(line.starts_with("{\"schema\":\"" + std::string(row.schema) + "\",\"" + first + "\":")) << line;
    for (const auto& other : words(row.fields)) {
      if (other != first) EXPECT_EQ(line.find("\"" + other + "\":"), std::string::npos) << row.words << ": " << line;
    }
    const auto unknown = call(row, row.good, "-o json --fields colour");
    EXPECT_EQ(unknown.exit_code, own_exit_code(row) ? 125 : 2) << row.words;
    EXPECT_EQ(field(unknown.err, "code"), "usage") << row.words << ": " << unknown.err;
    EXPECT_NE(unknown.err.find(first), std::string::npos) << row.words << ": " << unknown.err;
  }
}

TEST_F(ProgramsContract, FailuresHaveTheirExitCodes) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  ASSERT_NO_FATAL_FAILURE(enroll("away"));
  struct Failure {
    const char* line;
    int exit_code;
    const char* code;
  };
  const Failure failures[] = {
      {"targets nobody", 3, "no-match"},
      {"-P nobody agents list", 4, "sign-in"},
      {"-P nobody org fingerprint", 4, "sign-in"},
      {"agents show nobody", 6, "not-found"},
      {"wait away --for online --timeout 1s", 8, "timeout"},
      {"-s https://localhost:1 agents list", 30, "relay-unreachable"},
      {"-s https://localhost:1 audit verify", 30, "relay-unreachable"},
      {"-s https://localhost:1 server status", 30, "relay-unreachable"},
      {"diag away", 33, "agent-offline"},
      {"diag nobody", 6, "not-found"},
      {"ls box:/no/such/directory", 6, "not-found"},
      {"push /no/such/file box:x", 6, "not-found"},
      {"pull -r away:/etc /tmp", 33, "agent-offline"},
      {"stat nobody:/etc", 6, "not-found"},
      {"cat box:/dev/null", 9, "unsupported"},
      {"exec away -- true", 125, "agent-offline"},
      {"nonsense", 2, "usage"},
      {"agents", 2, "usage"},
      {"agents list -o xml", 2, "usage"},
  };
  for (const auto& failure : failures) {
    const auto result =
        rsctl(words(std::string(failure.line) + (std::string(failure.line).find("xml") == std::string::npos ? " --json" : "")));
    EXPECT_EQ(result.exit_code, failure.exit_code) << failure.line << ": " << result.err;
    EXPECT_NE(result.err.find(failure.code), std::string::npos) << failure.line << ": " << result.err;
    EXPECT_EQ(result.out, "") << failure.line;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << failure.line << ": " << result.err;
  }
  EXPECT_EQ(rsctl({"targets", "nobody", "--allow-empty"}).exit_code, 0);
  EXPECT_EQ(rsctl({"doctor", "away"}).exit_code, 33);
}

} // namespace
} // namespace rs::test
