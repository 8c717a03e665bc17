#include "streamstats/telemetry/log.hpp"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <span>
#include <thread>

#include "line_text.hpp"
#include "rate_limit.hpp"

namespace streamstats::telemetry {
namespace {

constexpr std::size_t queue_lines_max = 8'192;
constexpr std::chrono::seconds flush_wait_max{2};  // a reader that has stopped reading must not stop the shutdown

// Writes whole lines to standard error. Only the writing thread of the log ever blocks here.
class error_output final : public spdlog::sinks::base_sink<std::mutex> {
public:
    // Lines taken from the queue, whatever became of them.
    std::atomic<std::uint64_t> done{0};
    std::atomic<std::uint64_t> lost{0};

private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        if (!write_all({line.data(), line.size()})) lost.fetch_add(1, std::memory_order_relaxed);
        done.fetch_add(1, std::memory_order_release);
    }
    void flush_() override {}

    static bool write_all(std::string_view text) {
        while (!text.empty()) {
            const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
            if (written < 0 && errno != EINTR) return false;
            if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
        }
        return true;
    }
};

const char* pattern_of(log_format format) {
    return format == log_format::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                      : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v";
}

spdlog::level::level_enum spdlog_level(log_level level) {
    constexpr std::array levels{spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err};
    return levels[static_cast<std::size_t>(level)];
}

// A bounded queue and the thread that empties it into standard error.
class log_writer {
public:
    explicit log_writer(log_format format) {
        output_->set_formatter(
            std::make_unique<spdlog::pattern_formatter>(pattern_of(format), spdlog::pattern_time_type::utc));
        logger_->set_level(spdlog::level::trace);
    }

    void write(log_level level, const std::string& line) {
        posted_.fetch_add(1, std::memory_order_relaxed);
        logger_->log(spdlog_level(level), spdlog::string_view_t(line));
    }

    bool drain(std::chrono::steady_clock::time_point deadline) {
        while (posted_.load() > output_->done.load(std::memory_order_acquire) + pool_->overrun_counter()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return true;
    }

    std::uint64_t lost() { return pool_->overrun_counter() + output_->lost.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> posted_{0};
    std::shared_ptr<error_output> output_ = std::make_shared<error_output>();
    std::shared_ptr<spdlog::details::thread_pool> pool_ =
        std::make_shared<spdlog::details::thread_pool>(queue_lines_max, 1);
    std::shared_ptr<spdlog::async_logger> logger_ = std::make_shared<spdlog::async_logger>(
        "streamstats", output_, pool_, spdlog::async_overflow_policy::overrun_oldest);
};

class log_state {
public:
    void start(log_level level, log_format format) {
        const std::lock_guard lock(mutex_);
        level_.store(level, std::memory_order_relaxed);
        format_ = format;
        retire();
    }

    void set_level(log_level level) { level_.store(level, std::memory_order_relaxed); }
    bool wants(log_level level) const { return level >= level_.load(std::memory_order_relaxed); }

    void log(log_level level, std::string_view event, std::span<const log_field> fields) {
        const std::lock_guard lock(mutex_);
        const auto left_out = limit_.admit(event, std::chrono::steady_clock::now());
        if (!left_out) {
            ++left_out_;
            return;
        }
        std::vector<log_field> all(fields.begin(), fields.end());
        if (*left_out > 0) all.emplace_back("left_out", std::to_string(*left_out));
        const bool json = format_ == log_format::json;
        if (!writer_) writer_ = std::make_unique<log_writer>(format_);
        writer_->write(level, json ? json_members(event, all) : text_line(event, all));
    }

    void flush() {
        const std::lock_guard lock(mutex_);
        retire();
    }

    std::uint64_t dropped() {
        const std::lock_guard lock(mutex_);
        return left_out_ + lost_before_ + (writer_ ? writer_->lost() : 0);
    }

private:
    // Lets the writer finish and ends its thread. One that hangs on a blocked output is left behind.
    void retire() {
        if (!writer_) return;
        const bool drained = writer_->drain(std::chrono::steady_clock::now() + flush_wait_max);
        lost_before_ += writer_->lost();
        if (!drained) static_cast<void>(writer_.release());
        writer_.reset();
    }

    std::atomic<log_level> level_{log_level::info};
    std::mutex mutex_;  // held for as long as it takes to format a line
    log_format format_ = log_format::text;
    rate_limit limit_;
    std::uint64_t left_out_ = 0;
    std::uint64_t lost_before_ = 0;  // by writers that are gone
    std::unique_ptr<log_writer> writer_;
};

// Never destroyed: threads and destructors may log until the very end.
log_state& state() {
    static auto* const the_state = new log_state;
    return *the_state;
}

}  // namespace

std::optional<log_level> parse_log_level(std::string_view name) {
    if (name == "debug") return log_level::debug;
    if (name == "info") return log_level::info;
    if (name == "warning") return log_level::warning;
    if (name == "error") return log_level::error;
    return std::nullopt;
}

void start_log(log_level level, log_format format) {
    state().start(level, format);
}

void set_log_level(log_level level) {
    state().set_level(level);
}

void flush_log() {
    state().flush();
}

std::uint64_t log_lines_dropped() {
    return state().dropped();
}

void log(log_level level, std::string_view event, std::initializer_list<log_field> fields) {
    if (state().wants(level)) state().log(level, event, {fields.begin(), fields.size()});
}

}  // namespace streamstats::telemetry
