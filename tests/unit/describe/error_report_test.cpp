#include "describe/error_report.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::describe;

TEST(ErrorReport, IsTheDocumentOfTheCommandLineContract) {
  const auto report =
      make_report(fail(Errc::agent_offline, "not connected"), {.target = "web-01", .hint = "wait", .request_id = "r1"});
  EXPECT_EQ(write_json(error_document(report)),
            R"({"error":{"code":"agent-offline","message":"not connected","target":"web-01","retryable":true,"hint":"wait",)"
            R"("request_id":"r1","exit_code":33}})");
}

TEST(ErrorReport, LeavesOutWhatIsNotKnown) {
  EXPECT_EQ(write_json(error_document(make_report(fail(Errc::conflict, "taken")))),
            R"({"error":{"code":"conflict","message":"taken","retryable":false,"exit_code":7}})");
}

TEST(ErrorReport, TakesAnotherExitCode) {
  EXPECT_EQ(make_report(fail(Errc::agent_offline, "x"), {.exit_code = kExitOwn}).exit_code, 125);
}

TEST(ErrorReport, HasTheCodesMeaningWhereNothingWasSaid) {
  EXPECT_EQ(make_report(fail(Errc::conflict, "")).message, info(Errc::conflict).meaning);
}

TEST(ErrorReport, IsReadBackWithFieldsOfANewerPeer) {
  Node document = error_document(make_report(fail(Errc::forbidden, "no"), {.target = "a"}));
  Node inner = *document.find("error");
  inner.set("colour", 1);
  document.set("error", inner);
  const auto report = read_error_document(document).value();
  EXPECT_EQ(report.code, Errc::forbidden);
  EXPECT_EQ(report.target, "a");
}

TEST(ErrorReport, RefusesAnotherDocument) {
  EXPECT_EQ(read_error_document(Node::Object{}).error().message, "error: missing");
  EXPECT_EQ(read_error_document(Node::Object{{"error", Node::Object{}}}).error().message, "error: code: missing");
}

TEST(ErrorReport, IsOneHarmlessLine) {
  const auto report = make_report(fail(Errc::sign_in, "no\nprofile\x1b"), {.target = "t"});
  EXPECT_EQ(error_line("rsctl", report), "rsctl: sign-in: t: no\\x0aprofile\\x1b; run 'rsctl login'");
}

TEST(ErrorReport, HintsStandForKnownCodes) {
  EXPECT_EQ(hint_for(Errc::usage), "see --help");
  EXPECT_EQ(hint_for(Errc::interrupted), "");
}

} // namespace
