#include "executor/media_type.h"

#include <array>
#include <utility>

#include "util/text.h"

namespace executor {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 58> types{{
    {"fits", "application/fits"},
    {"fit", "application/fits"},
    {"fts", "application/fits"},
    {"fz", "application/fits"},
    {"xml", "text/xml"},
    {"vot", "application/x-votable+xml"},
    {"votable", "application/x-votable+xml"},
    {"vo", "application/x-votable+xml"},
    {"ecsv", "application/x-ecsv"},
    {"asdf", "application/x-asdf"},
    {"txt", "text/plain; charset=utf-8"},
    {"log", "text/plain; charset=utf-8"},
    {"dat", "text/plain; charset=utf-8"},
    {"cat", "text/plain; charset=utf-8"},
    {"reg", "text/plain; charset=utf-8"},
    {"csv", "text/csv"},
    {"tsv", "text/tab-separated-values"},
    {"json", "application/json"},
    {"geojson", "application/json"},
    {"ipynb", "application/x-ipynb+json"},
    {"yaml", "application/yaml"},
    {"yml", "application/yaml"},
    {"html", "text/html; charset=utf-8"},
    {"htm", "text/html; charset=utf-8"},
    {"md", "text/markdown; charset=utf-8"},
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"gif", "image/gif"},
    {"svg", "image/svg+xml"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"pdf", "application/pdf"},
    {"ps", "application/postscript"},
    {"eps", "application/postscript"},
    {"webp", "image/webp"},
    {"tex", "application/x-tex"},
    {"bib", "application/x-bibtex"},
    {"py", "text/x-python; charset=utf-8"},
    {"toml", "application/toml"},
    {"ini", "text/plain; charset=utf-8"},
    {"out", "text/plain; charset=utf-8"},
    {"err", "text/plain; charset=utf-8"},
    {"bz2", "application/x-bzip2"},
    {"xz", "application/x-xz"},
    {"zst", "application/zstd"},
    {"gz", "application/gzip"},
    {"tar", "application/x-tar"},
    {"zip", "application/zip"},
    {"tgz", "application/gzip"},
    {"h5", "application/x-hdf5"},
    {"hdf5", "application/x-hdf5"},
    {"hdf", "application/x-hdf5"},
    {"he5", "application/x-hdf5"},
    {"nc", "application/x-netcdf"},
    {"npy", "application/x-numpy"},
    {"arrow", "application/vnd.apache.arrow.file"},
    {"parquet", "application/vnd.apache.parquet"},
}};

}  // namespace

std::string media_type_of(std::string_view path) {
  const auto slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  const auto dot = name.rfind('.');
  if (dot != std::string_view::npos && dot > 0) {
    const std::string extension = util::to_lower(name.substr(dot + 1));
    for (const auto& [known, type] : types) {
      if (known == extension) return std::string(type);
    }
  }
  return "application/octet-stream";
}

}  // namespace executor
