#include "uws/core/job_service.h"

namespace uws {

// jobs.owner: '' is anonymous. jobs.list: '' is /jobs. jobs.due: when the reaper must next destroy or archive the job;
// NULL: at no time.
// Indexes in the order of lists: jobs_newest for an owner's jobs and jobs_shared for the jobs shared with a group;
// jobs_by_phase and jobs_shared_by_phase for the same with PHASE; jobs_of_run_id and jobs_shared_of_run_id for the same
// with RUNID; jobs_all and jobs_all_of_run_id for administrators. jobs_by_phase also serves the counts of the quotas.
std::vector<store::Migration> migrations() {
  return {{"uws-1-jobs",
           {R"(CREATE TABLE jobs (
                 id TEXT NOT NULL PRIMARY KEY,
                 owner TEXT NOT NULL,
                 run_id TEXT,
                 phase TEXT NOT NULL,
                 creation_time BIGINT NOT NULL,
                 queued_time BIGINT,
                 start_time BIGINT,
                 end_time BIGINT,
                 execution_duration BIGINT NOT NULL,
                 destruction BIGINT,
                 due BIGINT,
                 error_fatal INTEGER NOT NULL,
                 error_message TEXT,
                 error_detail TEXT,
                 info TEXT NOT NULL,
                 version BIGINT NOT NULL,
                 fence BIGINT NOT NULL,
                 claimed INTEGER NOT NULL,
                 abort_wanted INTEGER NOT NULL,
                 destroyed INTEGER NOT NULL))",
            R"(CREATE INDEX jobs_newest ON jobs (owner, creation_time DESC, id)
                 WHERE destroyed = 0 AND phase <> 'ARCHIVED')",
            "CREATE INDEX jobs_by_phase ON jobs (owner, destroyed, phase, creation_time DESC, id)",
            R"(CREATE INDEX jobs_queue ON jobs (queued_time, id)
                 WHERE phase = 'QUEUED' AND claimed = 0 AND abort_wanted = 0 AND destroyed = 0)",
            "CREATE INDEX jobs_claimed ON jobs (id) WHERE claimed = 1",
            "CREATE INDEX jobs_due ON jobs (due, id) WHERE due IS NOT NULL",
            "CREATE INDEX jobs_destroyed ON jobs (id) WHERE destroyed = 1 AND claimed = 0"}},
          {"uws-2-job-details",
           {R"(CREATE TABLE job_parameters (
                 job_id TEXT NOT NULL,
                 ordinal INTEGER NOT NULL,
                 name TEXT NOT NULL,
                 value TEXT NOT NULL,
                 by_reference INTEGER NOT NULL,
                 blob TEXT,
                 media_type TEXT NOT NULL,
                 size_bytes BIGINT NOT NULL,
                 PRIMARY KEY (job_id, ordinal)))",
            "CREATE INDEX job_parameter_blobs ON job_parameters (blob) WHERE blob IS NOT NULL",
            R"(CREATE TABLE job_results (
                 job_id TEXT NOT NULL,
                 ordinal INTEGER NOT NULL,
                 id TEXT NOT NULL,
                 is_primary INTEGER NOT NULL,
                 blob TEXT,
                 media_type TEXT NOT NULL,
                 size_bytes BIGINT NOT NULL,
                 sha256 TEXT NOT NULL,
                 PRIMARY KEY (job_id, ordinal)))",
            "CREATE INDEX job_result_blobs ON job_results (blob) WHERE blob IS NOT NULL"}},
          {"uws-3-abort-time",
           {"ALTER TABLE jobs ADD COLUMN abort_time BIGINT",
            "UPDATE jobs SET abort_time = creation_time WHERE abort_wanted = 1", "DROP INDEX jobs_queue",
            "ALTER TABLE jobs DROP COLUMN abort_wanted",
            R"(CREATE INDEX jobs_queue ON jobs (queued_time, id)
                 WHERE phase = 'QUEUED' AND claimed = 0 AND destroyed = 0)"}},
          {"uws-4-error-code", {"ALTER TABLE jobs ADD COLUMN error_code TEXT NOT NULL DEFAULT ''"}},
          {"uws-5-lists",
           {"ALTER TABLE jobs ADD COLUMN list TEXT NOT NULL DEFAULT ''", "DROP INDEX jobs_newest",
            "DROP INDEX jobs_by_phase",
            R"(CREATE INDEX jobs_newest ON jobs (owner, list, creation_time DESC, id)
                 WHERE destroyed = 0 AND phase <> 'ARCHIVED')",
            "CREATE INDEX jobs_by_phase ON jobs (owner, destroyed, phase, list, creation_time DESC, id)"}},
          {"uws-6-sharing",
           {"ALTER TABLE jobs ADD COLUMN shared_with TEXT",
            R"(CREATE INDEX jobs_shared ON jobs (shared_with, list, creation_time DESC, id)
                 WHERE shared_with IS NOT NULL AND destroyed = 0)",
            "CREATE INDEX jobs_all ON jobs (list, creation_time DESC, id) WHERE destroyed = 0"}},
          {"uws-7-run-ids", {R"(CREATE INDEX jobs_of_run_id ON jobs (owner, list, run_id, creation_time DESC, id)
                 WHERE run_id IS NOT NULL AND destroyed = 0)"}},
          {"uws-9-result-paths",
           {"ALTER TABLE job_results ADD COLUMN path TEXT NOT NULL DEFAULT ''",
            "CREATE INDEX job_results_by_id ON job_results (job_id, id)",
            "CREATE INDEX job_primary_results ON job_results (job_id) WHERE is_primary = 1"}},
          {"uws-10-lists-by-phase",
           {"DROP INDEX jobs_all",
            "CREATE INDEX jobs_all ON jobs (list, phase, creation_time DESC, id) WHERE destroyed = 0",
            R"(CREATE INDEX jobs_shared_by_phase ON jobs (shared_with, list, phase, creation_time DESC, id)
                 WHERE shared_with IS NOT NULL AND destroyed = 0)",
            R"(CREATE INDEX jobs_all_of_run_id ON jobs (list, run_id, creation_time DESC, id)
                 WHERE run_id IS NOT NULL AND destroyed = 0)",
            R"(CREATE INDEX jobs_shared_of_run_id ON jobs (shared_with, list, run_id, creation_time DESC, id)
                 WHERE shared_with IS NOT NULL AND run_id IS NOT NULL AND destroyed = 0)"}},
          {"uws-11-duration-said", {"ALTER TABLE jobs ADD COLUMN duration_said INTEGER NOT NULL DEFAULT 0"}}};
}

}  // namespace uws
