#include "docker/images/image_search.h"

#include "docker/images/image.h"
#include "util/text.h"

namespace docker {
namespace {

Request image_request(const std::string& name) {
  Request request;
  request.path = "/images/" + util::percent_encode(name, "/:@") + "/json";
  return request;
}

}  // namespace

void find_image(Api& api, const task::ImageReference& reference, Api::Done done) {
  api.call(
      image_request(engine_name(reference)), [&api, reference, done = std::move(done)](util::Result<Answer> result) {
        if (!result.ok() || result->status != 404 || reference.digest.empty()) return done(std::move(result));
        // An image that was loaded instead of pulled has no digest except its id.
        api.call(image_request(reference.digest), [reference, done, by_name = *result](util::Result<Answer> by_id) {
          const auto image = by_id.ok() && by_id->ok() ? by_id->json() : util::Result<data::Node>(util::Error{});
          done(image.ok() && is_named(*image, reference) ? std::move(by_id) : util::Result<Answer>(by_name));
        });
      });
}

}  // namespace docker
