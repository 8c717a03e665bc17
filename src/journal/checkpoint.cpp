#include <array>
#include <utility>

#include "journal/block_buffer.hpp"
#include "journal/little_endian.hpp"
#include "journal/piece_reader.hpp"
#include "journal/segment_name.hpp"
#include "streamstats/base/mutant.hpp"
#include "streamstats/journal/journal.hpp"

namespace streamstats::journal {
namespace {

// Written in pieces of this size. Each is synced at once: one large sync at the end would hold up the journal's.
constexpr std::size_t piece_bytes = std::size_t{4} << 20;
constexpr std::size_t end_payload_bytes = 16;  // frames before the end frame, and their bytes

const std::string draft{checkpoint_draft_name};
const std::string in_force{checkpoint_name};

file_failure misuse(std::string what) {
    file_failure trouble;
    trouble.what = std::move(what);
    return trouble;
}

class draft_writer final : public checkpoint_writer {
public:
    draft_writer(file_system& files, std::unique_ptr<file> to) : files_(files), file_(std::move(to)) {}
    ~draft_writer() override {
        file_.reset();
        if (!committed_) files_.remove(draft);
    }
    draft_writer(const draft_writer&) = delete;
    draft_writer& operator=(const draft_writer&) = delete;

    std::optional<file_failure> add(frame_kind kind, bytes_view payload) override;
    std::optional<file_failure> commit() override;
    [[nodiscard]] std::uint64_t bytes() const override { return written_ + buffer_.size(); }

private:
    std::optional<file_failure> append(frame_kind kind, bytes_view payload);
    std::optional<file_failure> write_out(bytes_view data);
    std::optional<file_failure> put_in_force();
    std::optional<file_failure> keep(std::optional<file_failure> trouble);

    file_system& files_;
    std::unique_ptr<file> file_;
    block_buffer buffer_;
    std::uint64_t written_ = 0;
    lsn frames_ = 0;
    std::optional<file_failure> trouble_;  // the first one; nothing is tried after it
    bool committed_ = false;
};

std::optional<file_failure> draft_writer::keep(std::optional<file_failure> trouble) {
    if (trouble) trouble_ = trouble;
    return trouble;
}

std::optional<file_failure> draft_writer::append(frame_kind kind, bytes_view payload) {
    if (trouble_) return trouble_;
    if (payload.size() > payload_bytes_max) return keep(misuse("a frame of the checkpoint is too large"));
    std::byte* const at = buffer_.add(static_cast<std::size_t>(frame_bytes(payload.size())));
    (void)write_frame(at, kind, ++frames_, 0, {}, payload);
    if (buffer_.size() < piece_bytes) return std::nullopt;
    if (auto trouble = write_out(buffer_.full_blocks())) return trouble;
    written_ += buffer_.drop_full_blocks();
    return std::nullopt;
}

std::optional<file_failure> draft_writer::write_out(bytes_view data) {
    if (auto trouble = file_->write(written_, data)) return keep(std::move(trouble));
    return mutant::breaks("checkpoint_is_synced") ? std::nullopt : keep(file_->sync());
}

std::optional<file_failure> draft_writer::add(frame_kind kind, bytes_view payload) {
    if (kind == frame_kind::checkpoint_end) return keep(misuse("the end of a checkpoint is written by commit"));
    return append(kind, payload);
}

std::optional<file_failure> draft_writer::put_in_force() {
    if (auto trouble = files_.rename(draft, in_force)) return trouble;
    committed_ = true;
    return mutant::breaks("directory_is_synced_after_a_checkpoint") ? std::nullopt : files_.sync_directory();
}

std::optional<file_failure> draft_writer::commit() {
    std::array<std::byte, end_payload_bytes> end{};
    store_little_endian(end.data(), std::uint64_t{frames_});
    store_little_endian(&end[sizeof(std::uint64_t)], bytes());
    if (auto trouble = append(frame_kind::checkpoint_end, end)) return trouble;
    if (auto trouble = write_out(buffer_.all())) return trouble;
    return keep(put_in_force());
}

enum class step : std::uint8_t { frame, end, torn, newer_format };

// A checkpoint from front to back. Nothing in it may be missing.
class checkpoint_scan {
public:
    explicit checkpoint_scan(piece_reader& bytes) : bytes_(bytes) {}
    result<step, file_failure> next();
    [[nodiscard]] const frame_header& header() const { return header_; }
    [[nodiscard]] bytes_view payload() const { return payload_; }

private:
    [[nodiscard]] bool is_end() const;

    piece_reader& bytes_;
    std::uint64_t position_ = 0;
    lsn frames_ = 0;
    frame_header header_;
    bytes_view payload_;
};

result<step, file_failure> checkpoint_scan::next() {
    const auto head = bytes_.at(position_, frame_header_bytes);
    if (!head) return head.error();
    if (head.value().size() < frame_header_bytes) return step::torn;
    const header_verdict verdict = parse_header(head.value().first<frame_header_bytes>(), header_);
    if (verdict == header_verdict::newer_format) return step::newer_format;
    if (verdict != header_verdict::good || header_.number != frames_ + 1) return step::torn;
    const auto whole = bytes_.at(position_, frame_header_bytes + header_.payload_bytes);
    if (!whole) return whole.error();
    payload_ = whole.value().subspan(frame_header_bytes);
    if (payload_.size() < header_.payload_bytes || crc32c(payload_) != header_.payload_crc) return step::torn;
    if (header_.kind == frame_kind::checkpoint_end) return is_end() ? step::end : step::torn;
    position_ += frame_bytes(header_.payload_bytes);
    ++frames_;
    return step::frame;
}

bool checkpoint_scan::is_end() const {
    return payload_.size() == end_payload_bytes && load_little_endian<std::uint64_t>(payload_.data()) == frames_ &&
           load_little_endian<std::uint64_t>(&payload_[sizeof(std::uint64_t)]) == position_ &&
           position_ + frame_bytes(end_payload_bytes) == bytes_.size();
}

result<step, file_failure> walk(file& from, std::uint64_t size,
                                const std::function<void(frame_kind, bytes_view)>& visit) {
    piece_reader bytes(from, size);
    checkpoint_scan scan(bytes);
    for (;;) {
        auto now = scan.next();
        if (!now || now.value() != step::frame) return now;
        if (visit) visit(scan.header().kind, scan.payload());
    }
}

}  // namespace

result<std::unique_ptr<checkpoint_writer>, file_failure> checkpoint_writer::begin(file_system& files) {
    if (auto trouble = files.remove(draft); trouble && !trouble->is_absence()) return std::move(*trouble);
    auto created = files.create(draft, 0);
    if (!created) return created.error();
    return std::unique_ptr<checkpoint_writer>(std::make_unique<draft_writer>(files, std::move(created.value())));
}

result<checkpoint_state, file_failure> read_checkpoint(file_system& files,
                                                       const std::function<void(frame_kind, bytes_view)>& visit) {
    auto opened = files.open(in_force);
    if (!opened && opened.error().is_absence()) return checkpoint_state::absent;
    if (!opened) return opened.error();
    const auto size = opened.value()->size();
    if (!size) return size.error();
    const auto checked = walk(*opened.value(), size.value(), nullptr);
    if (!checked) return checked.error();
    if (checked.value() == step::newer_format) return checkpoint_state::newer_format;
    if (checked.value() != step::end && !mutant::breaks("torn_checkpoint_is_not_used")) return checkpoint_state::torn;
    const auto visited = walk(*opened.value(), size.value(), visit);
    if (!visited) return visited.error();
    if (visited.value() != step::end) return misuse("the checkpoint changed while it was read");
    return checkpoint_state::whole;
}

}  // namespace streamstats::journal
