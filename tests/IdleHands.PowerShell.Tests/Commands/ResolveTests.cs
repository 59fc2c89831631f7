using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Commands;

/// <summary><c>Get-IHModel -Resolve</c>: the files of models, on the hosts.</summary>
public sealed class ResolveTests : ModuleTests
{
    private readonly string _whole;
    private readonly string _half;

    public ResolveTests()
    {
        _whole = Path.Combine(Session.Root, "whole.gguf");
        GgufFileWriter.Model().Save(_whole);
        _half = GgufFileWriter.Model().SaveShards(Session.Root, "half", 2);
        File.Delete(_half.Replace("00001-of", "00002-of", StringComparison.Ordinal));
        string prefix = string.Join(", ", ExecPrefix.Bare(Session.Root).Select(word => $"'{word}'"));
        Prepare($"""
            Add-IHHost here; Add-IHHost pod -Transport exec -ExecPrefix {prefix}; Add-IHHost gone -Transport exec -ExecPrefix no-such-program
            Add-IHHost off -Disabled
            Add-IHModel whole -Source '{_whole}' -StartCommand c
            Add-IHModel half -Source '{_half}' -StartCommand c -HostPolicy here
            Add-IHModel named -Source hf:owner/Big-70B-Q4_K_M -StartCommand c -HostPolicy here
            Add-IHModel folder -Source '{Session.Root}' -StartCommand c -HostPolicy here
            Add-IHModel none -Source /none/x -StartCommand c -HostPolicy here
            """);
    }

    private ResolvedModel Resolve(string id) => (ResolvedModel)Assert.Single(Session.Get($"Get-IHModel {id} -Resolve")).BaseObject;

    [Fact]
    public void Tells_size_quantization_and_where_the_files_are()
    {
        ResolvedModel model = Resolve("whole");

        Assert.Equal((new FileInfo(_whole).Length, "files", "Q4_K_M", 32_768), (model.SizeBytes, model.SizeOrigin, model.Quantization, model.ContextLength));
        Assert.True(model.Parameters > 100_000);
        Assert.Equal(["here: there", "pod: there", "gone: not known"], model.Hosts.Select(host => host.ToString()));
        Assert.Contains("no-such-program", model.Hosts[2].Problem, StringComparison.Ordinal);
        Assert.Equal("here", model.File!.HostId);
    }

    [Fact]
    public void Tells_what_lacks_and_estimates_by_the_name()
    {
        ResolvedModel half = Resolve("half");
        ResolvedModel named = Resolve("named");

        Assert.Equal((false, null), (half.Hosts[0].Exists, half.SizeBytes));
        Assert.Contains("half-00002-of-00002.gguf", half.Hosts[0].Problem, StringComparison.Ordinal);
        Assert.Equal(("name", 39.12), (named.SizeOrigin, named.SizeGiB));
        Assert.Null(named.Hosts[0].Exists);
        Assert.True(Resolve("folder").Hosts[0].Exists);
        Assert.False(Resolve("none").Hosts[0].Exists);
    }

    [Fact]
    public void Lists_all_once_and_shows_them_in_a_table()
    {
        Assert.Equal(["whole", "half", "named", "folder", "none"], Ids("'*', 'whole' | Get-IHModel -Resolve"));
        Assert.Equal(
            """
            Id                        SizeGiB Origin  Quantization   Context Hosts
            --                        ------- ------  ------------   ------- -----
            half                              unknown                        here: missing
            named                        39.1 name                           here: not known
            """,
            Session.Show("Get-IHModel half, named -Resolve"));
    }

    [Fact]
    public void Without_it_no_host_is_asked()
    {
        string asked = Path.Combine(Session.Root, "asked");
        Session.Get($"Add-IHHost spy -Transport exec -ExecPrefix sh, -c, 'echo >>{asked}; exec sh'");

        Assert.Equal(5, Session.Get("Get-IHModel").Count);
        Assert.False(File.Exists(asked));
        Assert.Equal(["ModelNotFound"], Session.Run("Get-IHModel nobody -Resolve").Errors.Select(ErrorId));
    }
}
