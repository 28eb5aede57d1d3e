#include "files/format.hpp"
#include "files_fixture.hpp"

namespace {

using namespace rs;
using files::PullParams;
using files::PushParams;
using files::TransferCounts;

class FilesTransfer : public test::FilesServiceTest {
 protected:
  // A file as a sender's stream has it, from its totals to the end.
  static std::string stream_of(const std::string& name, const std::string& content) {
    std::string out;
    files::encode(files::Totals{1, content.size(), content.size()}, out);
    files::encode(files::FileBegin{{0640, {1'000'000'000, 5}, 0, 0}, content.size(), false, name}, out);
    std::uint8_t header[files::kDataHeader];
    files::put_data_header(header, static_cast<std::uint32_t>(content.size()));
    out += std::string(reinterpret_cast<const char*>(header), sizeof header) + content;
    files::encode(files::FileEnd{}, out);
    files::encode(files::End{}, out);
    return out;
  }
  Result<TransferCounts> push(const PushParams& params, const std::string& stream) {
    if (const auto refused = start(files::kPushCall, describe::to_node(params))) return *refused;
    feed(files::kPlainStream, stream);
    if (handler) handler->on_end(files::kPlainStream);
    run();
    if (port->failure) return *port->failure;
    return describe::from_node<TransferCounts>(port->answer.value(), describe::Unknown::refuse);
  }
  static PushParams to(const std::string& destination) {
    PushParams params;
    params.destination = destination;
    return params;
  }
  static PullParams from(std::vector<OsString> sources) {
    PullParams params;
    params.sources = std::move(sources);
    params.compress = files::Compress::never;
    return params;
  }
  // A pull up to the sender's first wait, answered as a receiver that has nothing.
  Result<TransferCounts> pull(const PullParams& params) {
    if (const auto refused = start(files::kPullCall, describe::to_node(params))) return *refused;
    std::string ready;
    files::encode(files::Reply(files::Ready{}), ready);
    feed(files::kReplyStream, ready);
    run();
    if (port->failure) return *port->failure;
    return describe::from_node<TransferCounts>(port->answer.value(), describe::Unknown::refuse);
  }
};

TEST_F(FilesTransfer, APushedFileIsThereWithItsModeAndTime) {
  const auto counts = push(to("new"), stream_of("f", "content"));
  ASSERT_TRUE(counts) << counts.error().message;
  EXPECT_EQ(counts->files, 1u);
  EXPECT_EQ(std::filesystem::file_size(home + "/new"), 7u);
  EXPECT_EQ(std::filesystem::status(home + "/new").permissions(), std::filesystem::perms(0640));
  EXPECT_EQ(port->taken, stream_of("f", "content").size()) << "all of it became credit again";
}

TEST_F(FilesTransfer, APushThatIsCutLeavesNothing) {
  const auto stream = stream_of("f", "content");
  const auto whole = stream.find("content") + 7; // the file is, from here on
  for (std::size_t size = 0; size <= whole; ++size) {
    ASSERT_FALSE(start(files::kPushCall, describe::to_node(to("new"))));
    feed(files::kPlainStream, stream.substr(0, size));
    while (port->taken < size && !late) turn();
    handler->on_lost(fail(Errc::connection_lost, "gone"));
    handler.reset();
  }
  EXPECT_TRUE(push(to("other"), stream));
  EXPECT_FALSE(exists("new"));
}

TEST_F(FilesTransfer, AStreamThatEndsEarlyOrIsNoneIsAnErrorAndNoFile) {
  const auto stream = stream_of("f", "content");
  EXPECT_EQ(push(to("new"), stream.substr(0, stream.find("content") + 3)).error().code, Errc::invalid);
  EXPECT_EQ(push(to("new"), "\xff\xff\xff\xff").error().code, Errc::invalid);
  EXPECT_EQ(push(to("new"), "").error().code, Errc::invalid);
  EXPECT_FALSE(exists("new"));
}

TEST_F(FilesTransfer, ADestinationIsRefusedBeforeTheStreamIsRead) {
  EXPECT_EQ(push(to("none/new"), stream_of("f", "x")).error().code, Errc::not_found);
  EXPECT_EQ(push(to("state/new"), stream_of("f", "x")).error().code, Errc::forbidden);
  EXPECT_EQ(push(to(""), stream_of("f", "x")).error().code, Errc::invalid);
  auto params = to(".");
  params.file = true;
  EXPECT_EQ(push(params, stream_of("", "x")).error().code, Errc::conflict);
  policy.roots = std::vector<std::string>{"/usr"};
  EXPECT_EQ(push(to("new"), stream_of("f", "x")).error().code, Errc::forbidden);
}

TEST_F(FilesTransfer, ParamsAreCheckedAtTheStart) {
  auto params = to("new");
  for (const auto& resume : {std::string(), std::string("abc"), std::string(64, 'g')}) {
    params.resume = resume;
    const auto refused = start(files::kPushCall, describe::to_node(params));
    ASSERT_TRUE(refused) << resume;
    EXPECT_NE(refused->message.find("resume: not 64 hex digits"), std::string::npos) << refused->message;
  }
  EXPECT_EQ(start(files::kPullCall, describe::to_node(from({})))->message, "sources: none");
  EXPECT_EQ(start(files::kPullCall, describe::to_node(from(std::vector<OsString>(1001, "f"))))->code, Errc::limit);
  auto content = from({"a", "b"});
  content.content = true;
  EXPECT_EQ(start(files::kPullCall, describe::to_node(content))->code, Errc::invalid);
  EXPECT_EQ(start(files::kPushCall, describe::Node::Object{})->code, Errc::invalid) << "no destination";
}

TEST_F(FilesTransfer, APullSendsWhatIsThereAndNamesWhatIsNot) {
  put("f", "content");
  const auto counts = pull(from({"f", "none"}));
  ASSERT_TRUE(counts) << counts.error().message;
  EXPECT_EQ(counts->files, 1u);
  EXPECT_EQ(counts->failed, 1u);
  ASSERT_EQ(counts->failures.size(), 1u);
  EXPECT_EQ(counts->failures[0].code, Errc::not_found);
  EXPECT_NE(port->streams[files::kPlainStream].find("content"), std::string::npos);
  EXPECT_TRUE(port->ended.contains(files::kPlainStream));
}

TEST_F(FilesTransfer, ASourceThatIsForbiddenOrUnreachableFailsAndTheOthersGoOn) {
  put("f", "content");
  for (const auto& [path, code] : {std::pair("state/x", Errc::forbidden), std::pair("none/x", Errc::not_found)}) {
    const auto counts = pull(from({path, "f"})).value();
    EXPECT_EQ(counts.files, 1u) << path;
    ASSERT_EQ(counts.failures.size(), 1u);
    EXPECT_EQ(counts.failures[0].code, code) << path;
  }
}

TEST_F(FilesTransfer, ALostPullTouchesItsPortNoMore) {
  put("f", std::string(1 << 20, 'x'));
  ASSERT_FALSE(start(files::kPullCall, describe::to_node(from({"f"}))));
  port->credit = 100'000;
  turn();
  handler->on_lost(fail(Errc::connection_lost, "gone"));
  handler.reset();
  port.reset(); // what touches it now is caught
  put("g", "small");
  EXPECT_TRUE(pull(from({"g"})));
}

TEST_F(FilesTransfer, TheRecordOfACallNamesWhatItIsAbout) {
  EXPECT_EQ(service(files::kPushCall).subject(describe::to_node(to("/srv/x"))), "/srv/x");
  EXPECT_EQ(service(files::kPullCall).subject(describe::to_node(from({"/a", "/b"}))), "/a, /b");
  EXPECT_EQ(service(files::kPullCall).subject(describe::Node("nonsense")), "");
  const auto long_one = agent::subject_of(std::vector<OsString>(100'000, "/path"));
  EXPECT_LT(long_one.size(), session::kMaxSubject + 100) << "no list grows without an end";
}

} // namespace
