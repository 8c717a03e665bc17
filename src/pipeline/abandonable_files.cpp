#include "pipeline/abandonable_files.hpp"

#include <utility>

namespace streamstats::pipeline {
namespace {

using journal::file_failure;

class abandonable_file final : public journal::file {
public:
    abandonable_file(abandonable_files& folder, std::unique_ptr<journal::file> inner)
        : folder_(folder), inner_(std::move(inner)) {}

    std::optional<file_failure> write(std::uint64_t offset, journal::bytes_view data) override {
        return inner_->write(offset, data);
    }
    std::optional<file_failure> sync() override { return inner_->sync(); }
    result<std::size_t, file_failure> read(std::uint64_t offset, std::span<std::byte> into) override {
        if (!folder_.abandoned()) return inner_->read(offset, into);
        file_failure given_up;
        given_up.what = "reading " + folder_.description() + " was given up";
        return given_up;
    }
    result<std::uint64_t, file_failure> size() override { return inner_->size(); }

private:
    abandonable_files& folder_;
    std::unique_ptr<journal::file> inner_;
};

}  // namespace

bool abandonable_files::abandoned() {
    if (!abandoned_ && abandon_) abandoned_ = abandon_();
    return abandoned_;
}

result<std::unique_ptr<journal::file>, file_failure> abandonable_files::create(const std::string& name,
                                                                               std::uint64_t bytes) {
    return files_.create(name, bytes);
}

result<std::unique_ptr<journal::file>, file_failure> abandonable_files::open(const std::string& name) {
    auto opened = files_.open(name);
    if (!opened) return opened.error();
    return std::unique_ptr<journal::file>(std::make_unique<abandonable_file>(*this, std::move(opened.value())));
}

std::optional<file_failure> abandonable_files::rename(const std::string& from, const std::string& to) {
    return files_.rename(from, to);
}

}  // namespace streamstats::pipeline
