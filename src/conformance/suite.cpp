#include "conformance/suite.h"

#include "conformance/contract_run.h"
#include "conformance/service.h"
#include "data/node.h"
#include "util/text.h"

namespace conformance {
namespace {

/// Thrown by a check if the service does not offer an optional part.
struct NotOffered {
  std::string why;
};

/// The part of a service that a check tests.
enum class Part { jobs, planner, both };

struct Check {
  std::string what;
  void (*run)(Service&);
  Part part = Part::jobs;
};

Pairs shell(const Service& service, const std::string& script) {
  return {{"IMAGE", service.options().image}, {"ARG", "/bin/sh"}, {"ARG", "-c"}, {"ARG", script}};
}

Pairs with(Pairs pairs, const Pairs& more) {
  pairs.insert(pairs.end(), more.begin(), more.end());
  return pairs;
}

void equal(const std::string& found, const std::string& expected, const std::string& of) {
  require(found == expected,
          of + " is '" + util::for_display(found, 200) + "', and not '" + util::for_display(expected, 200) + "'");
}

void has_list(Service& service) {
  const net::Response answer = service.request("GET", service.jobs_url(), {}, {}, "text/xml, application/xml");
  require(answer.status == 200, "GET is answered with " + std::to_string(answer.status));
  pugi::xml_document document;
  require(static_cast<bool>(document.load_string(answer.body.c_str())), "the list is not XML");
  require(static_cast<bool>(child(document, "jobs")), "the document has no element jobs");
}

void begins_pending(Service& service) {
  const std::string job = service.create(shell(service, "true"));
  equal(service.phase(job), "PENDING", "the phase");
}

void shows_parameters(Service& service) {
  const std::string job = service.create(shell(service, "echo $A"));
  const pugi::xml_document document = service.job(job);
  std::string script;
  for (const pugi::xml_node& parameter : child(child(document, "job"), "parameters").children()) {
    if (util::iequals(parameter.attribute("id").value(), "ARG")) script = parameter.text().get();
  }
  equal(script, "echo $A", "the last ARG");
}

void runs(Service& service) {
  const std::string job = service.create(with(shell(service, "echo out; echo err >&2"), {{"PHASE", "RUN"}}));
  service.wait_for(job, {"COMPLETED"});
  equal(service.result(job, "stdout"), "out\n", "stdout");
  equal(service.result(job, "stderr"), "err\n", "stderr");
}

void keeps_arguments(Service& service) {
  const std::string job = service.create(
      with(shell(service, "for a; do echo \"<$a>\"; done"),
           {{"ARG", "sh"}, {"ARG", "two words"}, {"ARG", "$HOME; *"}, {"ARG", "\"quoted\""}, {"PHASE", "RUN"}}));
  service.wait_for(job, {"COMPLETED"});
  equal(service.result(job, "stdout"), "<two words>\n<$HOME; *>\n<\"quoted\">\n", "what the arguments were");
}

void sets_variables(Service& service) {
  const std::string job =
      service.create(with(shell(service, "echo \"$GREETING\""), {{"ENV", "GREETING=hello = world"}, {"PHASE", "RUN"}}));
  service.wait_for(job, {"COMPLETED"});
  equal(service.result(job, "stdout"), "hello = world\n", "what the variable was");
}

void takes_sizes(Service& service) {
  const std::string job =
      service.create(with(shell(service, "true"), {{"CORES", "0.5"}, {"MEMORY", "64M"}, {"PHASE", "RUN"}}));
  service.wait_for(job, {"COMPLETED"});
}

void tells_failures(Service& service) {
  const std::string job = service.create(with(shell(service, "echo before; exit 3"), {{"PHASE", "RUN"}}));
  service.wait_for(job, {"ERROR"});
  const pugi::xml_document document = service.job(job);
  const pugi::xml_node summary = child(child(document, "job"), "errorSummary");
  require(*child(summary, "message").text().get() != '\0', "the job has no errorSummary with a message");
  equal(service.result(job, "stdout"), "before\n", "stdout of a container that failed");
}

void aborts(Service& service) {
  const std::string job = service.create(with(shell(service, "sleep 600"), {{"PHASE", "RUN"}}));
  service.wait_for(job, {"EXECUTING"});
  service.post_form(job + "/phase", {{"PHASE", "ABORT"}});
  service.wait_for(job, {"ABORTED"});
}

void refuses_what_is_malformed(Service& service) {
  for (const Pairs& wrong : {Pairs{{"MEMORY", "much"}}, Pairs{{"CORES", "-1"}}, Pairs{{"ENV", "=x"}}}) {
    const net::Response answer = service.post_form(service.jobs_url(), with(shell(service, "true"), wrong));
    require(answer.status == 400,
            wrong[0].first + "=" + wrong[0].second + " is answered with " + std::to_string(answer.status));
    require(answer.body.find(wrong[0].first) != answer.body.npos, "the answer does not name " + wrong[0].first);
  }
}

void needs_an_image(Service& service) {
  const net::Response answer = service.post_form(service.jobs_url(), {{"ARG", "true"}, {"PHASE", "RUN"}});
  require(answer.status == 403 || answer.status == 400,
          "a job without IMAGE is answered with " + std::to_string(answer.status));
}

void deletes(Service& service) {
  const std::string job = service.create(shell(service, "true"));
  const net::Response deleted = service.request("DELETE", job);
  require(deleted.status == 303, "DELETE is answered with " + std::to_string(deleted.status));
  const net::Response gone = service.request("GET", job);
  require(gone.status == 404, "a deleted job is answered with " + std::to_string(gone.status));
}

// The planner.

net::Response ask(Service& service, const std::string& question, const std::string& accept = "application/json") {
  net::Response answer =
      service.request("POST", service.options().url + "/accepts", question, "application/json", accept);
  if (answer.status == 404 || answer.status == 405) throw NotOffered{"there is no /accepts"};
  return answer;
}

data::Node answered(Service& service, const std::string& question) {
  const net::Response answer = ask(service, question);
  require(answer.status == 200, "the question is answered with " + std::to_string(answer.status));
  auto document = data::parse_json(answer.body);
  require(document.ok() && document->is_object(), "the answer is not a JSON object");
  return *std::move(document);
}

std::string text_at(const data::Node& node, const std::string& key) {
  const data::Node* value = node.find(key);
  return value != nullptr ? value->text() : std::string();
}

std::string question_of(const std::string& type, const std::string& image) {
  return R"({"tasktype": ")" + type + R"(", "taskinfo": {"image": ")" + image + R"("}})";
}

void says_no_to_the_unknown(Service& service) {
  const data::Node answer = answered(service, R"({"tasktype": "uri://conformance-test-of-nothing"})");
  equal(text_at(answer, "responseword"), "NO", "responseword");
  equal(text_at(answer, "reponseword"), "NO", "reponseword");
  const data::Node* info = answer.find("responseinfo");
  const data::Node* reasons = info != nullptr ? info->find("reasons") : nullptr;
  require(reasons != nullptr && !reasons->items().empty(), "NO has no reasons");
}

void refuses_what_is_no_question(Service& service) {
  for (const char* text : {"{}", "{\"tasktype\": ", "[]"}) {
    const net::Response answer = ask(service, text);
    require(answer.status == 400, std::string(text) + " is answered with " + std::to_string(answer.status));
  }
}

void keeps_its_word(Service& service) {
  const std::string question = question_of("uri://docker-container", service.options().image);
  const data::Node answer = answered(service, question);
  const data::Node* interfaces = answer.find("interfaces");
  require(interfaces != nullptr && interfaces->is_array(), "the answer has no interfaces");
  if (text_at(answer, "responseword") == "NO") throw NotOffered{"it does not run docker-container"};
  equal(text_at(answer, "responseword"), "YES", "responseword");
  for (const data::Node& interface : interfaces->items()) {
    if (!text_at(interface, "servicetype").ends_with("docker-uws")) continue;
    const data::Node* info = interface.find("serviceinfo");
    const std::string endpoint = info != nullptr ? text_at(*info, "endpoint") : "";
    require(!endpoint.empty(), "serviceinfo has no endpoint");
    const net::Response posted = service.request("POST", endpoint, question, "application/json");
    require(!service.made(endpoint, posted).empty(),
            "what was accepted is answered with " + std::to_string(posted.status) + " when it is posted");
    return;
  }
  throw NotOffered{"it leads to no job list, but elsewhere"};
}

void speaks_yaml_and_xml(Service& service) {
  const std::string question = R"({"tasktype": "uri://docker-container"})";
  require(data::parse_yaml(ask(service, question, "application/yaml").body).ok(), "no YAML, when it is asked for");
  pugi::xml_document document;
  require(static_cast<bool>(document.load_string(ask(service, question, "application/xml").body.c_str())),
          "no XML, when it is asked for");
}

const std::vector<Check>& checks() {
  static const std::vector<Check> all{
      {"the job list is a document of UWS", has_list},
      {"a job begins PENDING", begins_pending},
      {"a job shows its parameters", shows_parameters},
      {"a job that ends with 0 is COMPLETED, with stdout and stderr byte for byte", runs},
      {"ARG is one argument, whatever is in it", keeps_arguments},
      {"ENV is a variable", sets_variables},
      {"CORES and MEMORY are taken with their units", takes_sizes},
      {"a job that ends otherwise is ERROR, with a summary and what it wrote", tells_failures},
      {"ABORT ends a job", aborts},
      {"what is malformed is refused with 400, by its name", refuses_what_is_malformed},
      {"a job without IMAGE is not run", needs_an_image},
      {"DELETE makes a job be gone", deletes},
      {"the planner says NO to a task type that it does not know, with a reason", says_no_to_the_unknown,
       Part::planner},
      {"the planner refuses what is no question with 400", refuses_what_is_no_question, Part::planner},
      {"the planner's YES leads to a job", keeps_its_word, Part::both},
      {"the planner speaks YAML and XML too", speaks_yaml_and_xml, Part::planner},
  };
  return all;
}

/// Empty if the job list of this service is to be checked; otherwise the reason why not.
std::string no_jobs(net::Client& client, const Options& options) {
  if (options.planner_only) return "only the planner is looked at";
  Service service(client, options);
  try {
    const auto status = service.request("GET", service.jobs_url()).status;
    if (status == 404 || status == 405) return "there is no job list at " + service.jobs_url();
  } catch (const CheckFailed&) {
    // Each check will report that the service cannot be reached.
  }
  return {};
}

}  // namespace

bool run(net::Client& client, const Options& options, const std::function<void(const Finding&)>& tell) {
  bool all_hold = true;
  bool is_any_there = false;
  const auto found = [&](const Finding& finding) {
    all_hold = all_hold && finding.outcome != Outcome::fails;
    is_any_there = is_any_there || finding.outcome != Outcome::absent;
    tell(finding);
  };
  const std::string absent_jobs = no_jobs(client, options);
  for (const Check& check : checks()) {
    Service service(client, options);
    try {
      if (check.part != Part::planner && !absent_jobs.empty()) throw NotOffered{absent_jobs};
      check.run(service);
      found({check.what, Outcome::holds, {}});
    } catch (const CheckFailed& broken) {
      found({check.what, Outcome::fails, broken.why});
    } catch (const NotOffered& absent) {
      found({check.what, Outcome::absent, absent.why});
    }
  }
  for (const ContractCase& contract_case : contract_cases()) {
    if (!absent_jobs.empty() || !(contract_case.is_demanded || options.choices)) continue;
    const auto why = run_case(client, options, contract_case);
    found({contract_case.numbers + ": " + contract_case.sentence, why ? Outcome::fails : Outcome::holds,
           why.value_or("")});
  }
  if (!is_any_there) tell({"the service has a job list or a planner", Outcome::fails, "it has neither"});
  return all_hold && is_any_there;
}

}  // namespace conformance
