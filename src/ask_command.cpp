#include "ask_command.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <iostream>
#include <sstream>
#include <utility>

#include "net/client.h"
#include "planner/ask.h"
#include "util/text.h"

namespace {

/// Reads the file `name`, or standard input for "-". Returns nullopt when the file cannot be read.
std::optional<std::string> read_all(const std::string& name) {
  std::ostringstream text;
  if (name == "-") {
    text << std::cin.rdbuf();
    return text.str();
  }
  std::ifstream file(name);
  if (!file || !(text << file.rdbuf())) return std::nullopt;
  return text.str();
}

task::DottedValue named(const std::string& prefix, const std::string& pair) {
  const auto equals = pair.find('=');
  return {prefix + pair.substr(0, equals), equals == pair.npos ? "" : pair.substr(equals + 1)};
}

/// Gives the values of taskinfo the types that its schema wants, if the catalogue has the task type.
void settle(task::PlannerRequest& request, const task::Catalogue& catalogue, const std::string& base_url) {
  if (!request.taskinfo) return;
  const task::TaskType* type = catalogue.find_task_type(request.tasktype, base_url);
  if (type != nullptr) request.taskinfo = task::coerced_taskinfo(*type, *request.taskinfo);
}

/// The URL of the service that a planner belongs to: the pages of its types are below the same URL.
std::string base_of(const std::string& accepts_url) {
  const auto end = accepts_url.rfind("/accept");
  return accepts_url.substr(0, end);
}

util::Result<task::PlannerRequest> question_of(const AskCommand& command) {
  if (!command.type.empty()) {
    std::vector<task::DottedValue> values{{"tasktype", command.type}};
    for (const std::string& pair : command.info) values.push_back(named("taskinfo.", pair));
    for (const std::string& pair : command.resources) values.push_back(named("resources.", pair));
    ASSIGN_OR_RETURN(const data::Node tree, task::tree_of(values));
    return task::planner_request_of(tree);
  }
  const auto text = read_all(command.question);
  if (!text) return util::Error::of(util::ErrorCode::not_found, command.question + " cannot be read");
  ASSIGN_OR_RETURN(const data::Node document, task::parse_document(*text, "application/yaml"));
  return task::planner_request_of(document);
}

/// The URL to send the question to: `url` itself if it is that of a planner, otherwise "/accepts" below the service.
std::string accepts_url(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  const bool is_whole = url.ends_with("/accepts") || url.ends_with("/accept") || url.find('?') != url.npos;
  return is_whole ? url : url + "/accepts";
}

/// The planner of the configured service, then the planners in its configuration, then those of the command line.
std::vector<planner::Peer> planners_of(const AskCommand& command, const std::vector<std::string>& tags,
                                       const std::optional<Settings>& settings) {
  std::vector<planner::Peer> peers;
  if (settings) {
    const std::string& address = settings->http.address;
    const bool is_any = address == "0.0.0.0" || address == "::";
    const std::string host = is_any ? "localhost" : address.find(':') == address.npos ? address : "[" + address + "]";
    const std::string own = "http://" + host + ":" + std::to_string(settings->http.port) + "/accepts";
    peers.push_back({settings->planner.name, own, {}});
    for (const planner::Peer& peer : planner::with_tags(settings->planner.peers, tags)) peers.push_back(peer);
  }
  for (const std::string& url : command.planners) peers.push_back({url, accepts_url(url), {}});
  return peers;
}

std::string services_of(const planner::Answer& answer) {
  std::string text;
  for (const planner::Interface& interface : answer.interfaces) {
    const data::Node* endpoint = interface.serviceinfo.find("endpoint");
    if (!text.empty()) text += "\n";
    text += interface.servicetype + "  " + (endpoint != nullptr ? endpoint->text() : std::string());
  }
  return text;
}

std::string reasons_of(const planner::Answer& answer) {
  std::string text;
  for (const planner::Reason& reason : answer.reasons) {
    if (!text.empty()) text += "\n";
    text += std::to_string(reason.httpcode) + "  " + (reason.path.empty() ? "" : reason.path + ": ") + reason.text;
  }
  return text;
}

/// Prints a planner's name and its answer, with the interfaces that it offers, its reasons for NO, or the error.
void print_row(const planner::PeerAnswer& peer, std::size_t width) {
  const std::string word = !peer.answer ? "-" : peer.answer->is_yes ? "YES" : "NO";
  const std::string more = !peer.answer          ? peer.trouble
                           : peer.answer->is_yes ? services_of(*peer.answer)
                                                 : reasons_of(*peer.answer);
  std::string first = peer.planner;
  first.resize(width, ' ');
  std::string head = util::for_display(first, width) + "  " + word + std::string(4 - word.size(), ' ');
  for (const std::string_view line : util::split(more, '\n')) {
    std::cout << head << util::for_display(line, 500) << "\n";
    head.assign(head.size(), ' ');
  }
}

}  // namespace

int ask(const AskCommand& command, const std::optional<Settings>& settings) {
  auto question = question_of(command);
  if (!question.ok()) {
    std::cerr << question.error().message << "\n";
    return EXIT_FAILURE;
  }
  std::vector<std::string> tags = command.tags;
  tags.insert(tags.end(), question->tags.begin(), question->tags.end());
  const auto peers = planners_of(command, tags, settings);
  if (peers.empty()) {
    std::cerr << "no planner to ask: --config FILE, or --planner URL\n";
    return EXIT_FAILURE;
  }
  settle(*question, settings ? settings->planner.catalogue : task::Catalogue::built_in(), base_of(peers.front().url));
  const std::chrono::seconds limit = settings ? settings->planner.ask_limit : std::chrono::seconds(5);
  net::Client client;
  std::promise<std::vector<planner::PeerAnswer>> promise;
  planner::ask_all(client, peers, *question, limit,
                   [&](std::vector<planner::PeerAnswer> answers) { promise.set_value(std::move(answers)); });
  const auto answers = promise.get_future().get();
  client.stop();
  if (command.as_json) {
    std::cout << data::to_json(planner::to_node(answers)) << "\n";
  } else {
    std::size_t width = 0;
    for (const auto& peer : answers) width = std::max(width, peer.planner.size());
    for (const auto& peer : answers) print_row(peer, std::min<std::size_t>(width, 60));
  }
  const auto says_yes = [](const planner::PeerAnswer& peer) { return peer.answer && peer.answer->is_yes; };
  return std::any_of(answers.begin(), answers.end(), says_yes) ? EXIT_SUCCESS : EXIT_FAILURE;
}
