using System.Text;
using CsCheck;
using IdleHands.Hosts.Remote;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>What a script wrote is told from all that stands around it, however it comes in pieces.</summary>
public sealed class RemoteScriptTests
{
    private const string Mark = "idlehands-0123456789abcdef";

    /// <summary>Pieces of which what is easily taken for a frame is made.</summary>
    private static readonly string[] Parts =
        ["\n", "\n\n", Mark, Mark + " b", "\n" + Mark + " e", "\n" + Mark + "e 0\n", "idlehands-", "b 7\n", "é模🦙", "\0", "x", "some words\n", "\r\n"];

    private static readonly string[] NoiseParts = ["\n", "idlehands-", Mark + "\n", "noise\n", "no line end", "é", "\0", "Authorized use only\r\n", " b\n"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Join(string[] parts, int[] picks) => string.Concat(picks.Select(pick => parts[pick % parts.Length]));

    private static FramedStream Read(string text, int[] sizes, int bound)
    {
        var framed = new FramedStream(new PiecewiseStream(Encoding.UTF8.GetBytes(text), sizes), Mark, bound);
        framed.ReadAsync(Token).GetAwaiter().GetResult();
        return framed;
    }

    [Fact]
    public void Whatever_noise_content_and_pieces_give_exactly_the_content_and_the_ending() =>
        Gen.Select(Gen.Int[0, 50].Array[0, 12], Gen.Int[0, 50].Array[0, 12], Gen.Int[1, 70].Array[1, 20], Gen.Int[0, 99_999]).Sample(
            (noise, content, sizes, number) =>
            {
                string said = Join(NoiseParts, noise);
                string written = Join(Parts, content);
                FramedStream read = Read($"{said}{Mark} b {number}\n{written}\n{Mark} e end word\nand more\n", sizes, 1 << 20);

                Assert.Equal("end word", read.Ending);
                Assert.Equal(written, Encoding.UTF8.GetString(read.Content.Span));
                Assert.Equal(said.Trim(), read.Noise);
                Assert.Equal(number, read.Begun.Result);
                Assert.False(read.IsCut);
            });

    [Fact]
    public void Of_what_is_longer_than_the_bound_exactly_the_end_is_kept() =>
        Gen.Select(Gen.Int[1, 400], Gen.Int[0, 3000], Gen.Int[1, 500].Array[1, 20]).Sample(
            (bound, length, sizes) =>
            {
                string written = string.Concat(Enumerable.Range(0, length).Select(number => (char)('a' + (number % 23))));
                FramedStream read = Read($"{Mark} b\n{written}\n{Mark} e 0\n", sizes, bound);

                Assert.Equal("0", read.Ending);
                Assert.Equal(length <= bound ? written : written[^bound..], Encoding.UTF8.GetString(read.Content.Span));
                Assert.Equal(length > bound, read.IsCut);
            });

    [Theory]
    [InlineData(70_000)]
    [InlineData(1_000_000)]
    public async Task A_begin_behind_much_noise_is_found(int length)
    {
        FramedStream read = Read($"{new string('n', length)}{Mark} b 5\nout\n{Mark} e 0\n", [4096], 1 << 20);

        Assert.Equal((5, "out", "0"), (await read.Begun, read.Text, read.Ending));
    }

    [Theory]
    [InlineData("")]
    [InlineData("sh: not found\n")]
    [InlineData(Mark + " b")]
    public void What_never_begins_is_all_noise(string text)
    {
        FramedStream read = Read(text, [3], 100);

        Assert.True(read.Begun.IsCanceled);
        Assert.Equal((text.Trim(), string.Empty, (string?)null), (read.Noise, read.Text, read.Ending));
    }

    [Fact]
    public void What_breaks_off_has_no_ending()
    {
        FramedStream read = Read($"{Mark} b\nhalf\n{Mark} e 0", [5], 100);

        Assert.Null(read.Ending);
        Assert.StartsWith("half", read.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_scripts_have_two_marks() => Assert.NotEqual(new RemoteScript("true").Mark, new RemoteScript("true").Mark);

    [Fact]
    public async Task Turns_that_were_lowered_are_never_fewer_than_one_and_all_come_to_pass()
    {
        var turns = new SessionTurns(4);
        int most = 0;
        int now = 0;
        for (int time = 0; time < 10; time++)
        {
            turns.Lower();
        }

        await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            await turns.TakeAsync(Token);
            most = Math.Max(most, Interlocked.Increment(ref now));
            await Task.Yield();
            Interlocked.Decrement(ref now);
            turns.Release();
        }));

        Assert.Equal(1, most);
        Assert.True(turns.AreFree);
    }

    [Fact]
    public async Task Who_is_broken_off_while_waiting_takes_no_turn()
    {
        var turns = new SessionTurns(1);
        await turns.TakeAsync(Token);
        using var cancel = new CancellationTokenSource();
        Task waiting = turns.TakeAsync(cancel.Token);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        turns.Release();

        Assert.True(turns.AreFree);
    }

    /// <summary>Gives its bytes in pieces of these sizes, over and over.</summary>
    private sealed class PiecewiseStream(byte[] bytes, int[] sizes) : MemoryStream(bytes)
    {
        private int _piece;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Read(buffer.Span[..Math.Min(buffer.Length, sizes[_piece++ % sizes.Length])]));
    }
}
