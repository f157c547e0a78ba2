// Tests which room (folder of src/) may include which, and rules for all source files. It reads src/ as text.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

// ---- The allowed dependencies ("arrows") ---------------------------------------------------------------------------

using Arrows = std::map<std::string, std::set<std::string>, std::less<>>;

/// The files outside of all rooms. They may include everything, and no room may include them.
const std::set<std::string, std::less<>> composition_root{
    "ask_command.cpp", "ask_command.h", "main.cpp", "service.cpp", "service.h", "settings.cpp", "settings.h"};

/// What a room may include besides itself: rooms, or single headers of a room.
const Arrows arrows{
    {"util", {}},
    {"data", {"util"}},
    {"net", {"util", "data"}},
    {"config", {"util", "data"}},
    {"http", {"util", "data", "net", "config"}},
    {"identity", {"util", "data", "net", "config", "http/identity.h", "http/message.h"}},
    {"store", {"util", "data", "net", "config"}},
    {"task", {"util", "data", "net", "config"}},
    {"ledger", {"util", "data", "net", "config", "store"}},
    {"uws/core", {"util", "data", "net", "config", "store"}},
    {"uws/rest", {"util", "data", "net", "config", "uws/core", "http"}},
    {"executor", {"util", "data", "net", "config", "uws/core", "task", "ledger", "store"}},
    {"apps", {"util", "data", "net", "config", "task", "http"}},
    {"docker", {"util", "data", "net", "config", "task", "executor/engine.h", "executor/configured_engine.h"}},
    {"conformance", {"util", "data", "net"}},
    {"registry", {"util", "data", "net", "config", "task", "executor/engine.h"}},
    {"planner", {"util", "data", "net", "config", "uws/core", "task", "executor", "ledger", "store", "http"}},
};

/// Single headers that other rooms may include, and what these headers may include: nothing of their own room.
const Arrows lent_headers{
    {"executor/engine.h", {"util", "data", "net", "config", "task"}},
    {"executor/configured_engine.h", {"util", "data", "net", "config", "task", "executor/engine.h"}},
};

/// Libraries that only one file may include, because they compile slowly or pollute the code that includes them.
const std::vector<std::string> libraries_of_one_file{"spdlog/", "pistache/", "boost/beast"};

constexpr std::size_t longest_file = 500;

// ---- The checks ----------------------------------------------------------------------------------------------------

struct File {
  std::string path;  // "uws/core/job.h"
  std::string text;
};
using Complaints = std::vector<std::string>;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The names between `open` and `close` of every #include of that kind.
std::vector<std::string> includes_of(const std::string& text, char open, char close) {
  std::vector<std::string> names;
  for (const std::string& line : lines_of(text)) {
    const auto hash = line.find_first_not_of(" \t");
    if (hash == line.npos || line[hash] != '#') continue;
    const auto word = line.find_first_not_of(" \t", hash + 1);
    if (word == line.npos || line.compare(word, 7, "include") != 0) continue;
    const auto begin = line.find_first_not_of(" \t", word + 7);
    if (begin == line.npos || line[begin] != open) continue;
    names.push_back(line.substr(begin + 1, line.find(close, begin + 1) - begin - 1));
  }
  return names;
}

/// The room of a file: the longest room name in the table with which its path begins; empty if there is none.
std::string room_of(std::string_view path) {
  std::string found;
  for (const auto& [room, targets] : arrows) {
    if (path.size() > room.size() && path.substr(0, room.size()) == room && path[room.size()] == '/') found = room;
  }
  return found;
}

Complaints check_includes(const File& file, const std::string& room, const std::set<std::string>& allowed,
                          bool own_room) {
  Complaints complaints;
  for (const std::string& name : includes_of(file.text, '"', '"')) {
    const std::string target = room_of(name);
    const bool known =
        !target.empty() && ((own_room && target == room) || allowed.contains(target) || allowed.contains(name));
    if (!known) complaints.push_back(file.path + " includes \"" + name + "\"");
  }
  return complaints;
}

Complaints check_arrows(const File& file) {
  if (composition_root.contains(file.path)) return {};
  const std::string room = room_of(file.path);
  if (room.empty()) return {file.path + " is in no room"};
  Complaints complaints = check_includes(file, room, arrows.at(room), true);
  if (const auto lent = lent_headers.find(file.path); lent != lent_headers.end()) {
    const Complaints more = check_includes(file, room, lent->second, false);
    complaints.insert(complaints.end(), more.begin(), more.end());
  }
  return complaints;
}

Complaints check_length(const File& file) {
  const std::size_t lines = lines_of(file.text).size();
  if (lines <= longest_file) return {};
  return {file.path + " has " + std::to_string(lines) + " lines"};
}

/// The text without comments. It takes every // for a comment, which is good enough here.
std::string without_remarks(const std::string& text) {
  std::string code;
  for (const std::string& line : lines_of(text)) code += line.substr(0, line.find("//")) + "\n";
  return code;
}

/// soci::use keeps a reference until the statement is executed, when a temporary no longer exists. So its first
/// argument must be a name.
Complaints check_use(const File& file) {
  Complaints complaints;
  const std::string code = without_remarks(file.text);
  const auto is_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (auto at = code.find("use("); at != code.npos; at = code.find("use(", at + 1)) {
    if (at > 0 && is_name(code[at - 1])) continue;
    const auto begin = at + 4;
    const auto end = code.find_first_of(",)", begin);
    const std::string argument = code.substr(begin, end - begin);
    if (argument.find_first_of("({\"+") != argument.npos) complaints.push_back(file.path + ": use(" + argument);
  }
  return complaints;
}

Complaints check_libraries(const std::vector<File>& files) {
  Complaints complaints;
  for (const std::string& library : libraries_of_one_file) {
    std::set<std::string> users;
    for (const File& file : files) {
      for (const std::string& name : includes_of(file.text, '<', '>')) {
        if (name.compare(0, library.size(), library) == 0) users.insert(file.path);
      }
    }
    for (const std::string& user : users) {
      const bool header = std::filesystem::path(user).extension() != ".cpp";
      if (header || users.size() > 1) complaints.push_back(user + " includes <" + library + "...>");
    }
  }
  return complaints;
}

/// Whether the dependencies of `room` lead back to a room in `above` or to itself.
bool has_circle(const std::string& room, std::set<std::string> above) {
  if (!above.insert(room).second) return true;
  const auto targets = arrows.find(room);
  if (targets == arrows.end()) return false;
  return std::any_of(targets->second.begin(), targets->second.end(),
                     [&](const std::string& target) { return has_circle(target, above); });
}

std::vector<File> sources() {
  const std::filesystem::path root = std::filesystem::path(DUWS_SOURCE_DIR) / "src";
  std::vector<File> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".h" && extension != ".cpp") continue;
    std::ifstream stream(entry.path(), std::ios::binary);
    files.push_back({std::filesystem::relative(entry.path(), root).generic_string(),
                     {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()}});
  }
  return files;
}

template <typename Check>
Complaints everywhere(Check check) {
  Complaints all;
  for (const File& file : sources()) {
    const Complaints complaints = check(file);
    all.insert(all.end(), complaints.begin(), complaints.end());
  }
  return all;
}

using testing::ElementsAre;
using testing::IsEmpty;

// ---- The source code passes the checks -----------------------------------------------------------------------------

TEST(House, SourcesAreFound) { EXPECT_GT(sources().size(), 20U); }
TEST(House, EveryIncludeFollowsAnArrow) { EXPECT_THAT(everywhere(check_arrows), IsEmpty()); }
TEST(House, NoFileIsTooLong) { EXPECT_THAT(everywhere(check_length), IsEmpty()); }
TEST(House, NoStatementUsesATemporary) { EXPECT_THAT(everywhere(check_use), IsEmpty()); }
TEST(House, HeavyLibrariesLiveInOneFile) { EXPECT_THAT(check_libraries(sources()), IsEmpty()); }

TEST(House, TheArrowsMakeNoCircle) {
  for (const auto& [room, targets] : arrows) EXPECT_FALSE(has_circle(room, {})) << room;
}

// ---- The checks find what they should ------------------------------------------------------------------------------

TEST(ArrowCheck, FindsAnArrowThatIsNotThere) {
  EXPECT_THAT(check_arrows({"uws/core/job.cpp", "#include \"http/reply.h\"\n"}),
              ElementsAre("uws/core/job.cpp includes \"http/reply.h\""));
  EXPECT_THAT(check_arrows({"data/node.h", "  #  include \"config/section.h\"\n"}), testing::SizeIs(1));
  EXPECT_THAT(check_arrows({"util/text.h", "#include \"data/node.h\"\n"}), testing::SizeIs(1));
  EXPECT_THAT(check_arrows({"uws/core/job.cpp", "#include \"uws/rest/job.h\"\n"}), testing::SizeIs(1));
}

TEST(ArrowCheck, TakesTheArrowsThatAreThere) {
  EXPECT_THAT(check_arrows({"uws/rest/job.cpp",
                            "#include \"uws/core/job.h\"\n#include \"http/reply.h\"\n"
                            "#include \"uws/rest/view.h\"\n#include <vector>\n"}),
              IsEmpty());
  EXPECT_THAT(check_arrows({"main.cpp", "#include \"docker/engine.h\"\n"}), IsEmpty());
}

TEST(ArrowCheck, LendsOneHeaderOnly) {
  EXPECT_THAT(check_arrows({"docker/engine.cpp", "#include \"executor/engine.h\"\n"}), IsEmpty());
  EXPECT_THAT(check_arrows({"docker/engine.cpp", "#include \"executor/claims.h\"\n"}), testing::SizeIs(1));
  EXPECT_THAT(check_arrows({"executor/engine.h", "#include \"executor/claims.h\"\n"}), testing::SizeIs(1));
  EXPECT_THAT(check_arrows({"executor/engine.h", "#include \"store/database.h\"\n"}), testing::SizeIs(1));
}

TEST(ArrowCheck, KnowsNoOtherRooms) {
  EXPECT_THAT(check_arrows({"cluster/swarm.cpp", ""}), ElementsAre("cluster/swarm.cpp is in no room"));
  EXPECT_THAT(check_arrows({"util/text.cpp", "#include \"text.h\"\n"}), testing::SizeIs(1));
  EXPECT_THAT(check_arrows({"util/text.cpp", "#include \"main.h\"\n"}), testing::SizeIs(1));
  EXPECT_THAT(check_arrows({"util/text.cpp", "#include \"../data/node.h\"\n"}), testing::SizeIs(1));
}

TEST(LengthCheck, CountsLines) {
  EXPECT_THAT(check_length({"util/a.cpp", std::string(longest_file, '\n')}), IsEmpty());
  EXPECT_THAT(check_length({"util/a.cpp", std::string(longest_file + 1, '\n')}), testing::SizeIs(1));
}

TEST(UseCheck, FindsTemporaries) {
  for (const char* code : {"use(std::string(text))", "use(stream.str())", "soci::use(name())", "use(a + b)",
                           "use(\"x\")", "soci::use(\n    make(), \"id\")", "use(std::string{text})"}) {
    EXPECT_THAT(check_use({"store/a.cpp", code}), testing::SizeIs(1)) << code;
  }
}

TEST(UseCheck, TakesNames) {
  EXPECT_THAT(
      check_use({"store/a.cpp", "use(id), use(row.name, \"n\"), soci::use(value, ind); because(f());\n// use(f())\n"}),
      IsEmpty());
}

TEST(LibraryCheck, FindsASecondFileAndAHeader) {
  const std::string include = "#include <pistache/tcp.h>\n";
  EXPECT_THAT(check_libraries({{"http/a.cpp", include}}), IsEmpty());
  EXPECT_THAT(check_libraries({{"http/a.cpp", include}, {"http/b.cpp", include}}), testing::SizeIs(2));
  EXPECT_THAT(check_libraries({{"http/a.h", include}}), testing::SizeIs(1));
}

}  // namespace
