// One connection, from its first byte to its close. Everything in it happens on the thread of its worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/answer.hpp"
#include "http/asio.hpp"
#include "http/bell.hpp"
#include "http/budget.hpp"
#include "http/exchange.hpp"
#include "http/request_head.hpp"
#include "http/routes.hpp"
#include "http/target.hpp"
#include "http/turnstile.hpp"

namespace streamstats::http {

class worker;

class connection final : public std::enable_shared_from_this<connection>, private body_holder {
public:
    connection(worker& home, tcp_socket peer, door entered);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    // Serves `self` until it is closed. Throws nothing.
    static task<void> run(std::shared_ptr<connection> self);

    // Called by the worker every now and then: acts if the deadline of what is going on has passed.
    void check_deadline(steady_time now);
    // Closes the connection if it is between two requests, and ends an answer that goes on; otherwise the answer under
    // way is its last.
    void drain();

private:
    enum class phase : std::uint8_t { idle, reading_head, reading_body, handling, writing, lingering };
    // How an answer is to be framed.
    struct framing {
        bool http_1_1 = true;
        bool without_body = false;  // to HEAD
        bool keep_alive = false;
    };

    // A request whose path is known, on its way in.
    struct visit {
        const route& found;
        target asked;
        std::shared_ptr<const access_policy> policy;
        access_decision entry;
    };

    task<void> serve();
    task<bool> next_request();
    task<bool> handle_request();
    task<bool> serve_visit(visit guest, framing how);
    task<bool> refuse(refusal why, framing how);
    task<bool> conclude(answer reply, framing how);

    task<std::optional<refusal>> read_head(bool with_credentials);
    bool read_now(std::size_t wanted);
    task<bool> fill(std::size_t wanted);

    // Bodies: connection_body.cpp.
    task<std::optional<refusal>> wait_for_turn(turnstile::seat& seat);
    [[nodiscard]] refusal no_room() const;
    bool body_came_along(byte_claim& claim);
    void take_plain_body();
    void drop_body() override;
    task<std::optional<refusal>> read_body(byte_claim& claim, turnstile::seat& seat);
    task<std::optional<refusal>> read_plain_body(byte_claim& claim, turnstile::seat& seat);
    task<std::optional<refusal>> read_chunked_body(byte_claim& claim, turnstile::seat& seat);
    [[nodiscard]] std::size_t bytes_here() const;
    task<bool> fill_in_turn(std::size_t wanted, turnstile::seat& seat);
    task<bool> skip_body();
    task<void> send_continue();

    // Everything that can be said against a request before its body was read.
    std::optional<refusal> admit(visit& guest);
    // Against its body, by whom it is signed.
    std::optional<refusal> admit_body(const visit& guest);
    refusal deny(const visit& guest, denial why);
    [[nodiscard]] std::optional<refusal> check_framing() const;
    [[nodiscard]] std::optional<refusal> not_now() const;
    task<answer> ask_route(const visit& guest, byte_claim& claim);
    task<void> send(answer reply, framing how);
    std::string send_brief(const answer& reply);
    task<void> send_head(answer reply, framing how);
    task<void> linger();

    // Answers that go on: connection_stream.cpp. A watch is kept meanwhile for what ends them early.
    struct watch {
        explicit watch(const executor& where) : pause{where} {}
        void end() {
            ended = true;
            pause.cancel();
        }
        steady_timer pause;  // until the next piece is due
        bool ended = false;
    };
    task<void> send_stream(answer reply, framing how);
    void expect_acknowledgements();
    task<void> write(std::string_view bytes, milliseconds time);
    static task<void> notice_end(std::shared_ptr<connection> self, std::shared_ptr<watch> watched);
    void end_stream();

    void note_timeout();
    [[nodiscard]] std::string peer_text() const;
    void enter(phase next, milliseconds time, std::size_t bytes = 0);
    void wait_for_inside();
    [[nodiscard]] std::string_view arrived() const;

    worker& home_;
    site& place_;
    tcp_socket socket_;
    door entered_;
    bell bell_;
    beast::flat_buffer buffer_;  // what has arrived and was not consumed; without memory while idle
    request_head head_;
    std::string chunks_;         // a chunked body, put together
    std::string_view body_;      // in buffer_ or chunks_
    std::size_t body_here_ = 0;  // bytes of it in buffer_
    bool body_unread_ = false;
    unsigned reads_in_a_row_ = 0;  // of bodies, without waiting
    steady_time again_at_{};       // when a batch may come again after one that was refused

    phase phase_ = phase::idle;
    steady_time deadline_ = steady_time::max();
    bool late_ = false;                                 // the deadline passed while reading
    std::shared_ptr<watch> watch_;                      // while an answer goes on
    std::shared_ptr<const access_policy> admitted_by_;  // the request under way
};

}  // namespace streamstats::http
