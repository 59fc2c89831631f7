using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Commands;

/// <summary>What comes back in after it was exported is what went out, and what can't be read is refused.</summary>
public sealed class CopyTests : ModuleTests
{
    /// <summary>What the cmdlets that export and import make of an object; the engine here lacks the cmdlets themselves.</summary>
    private const string Copies = """
        function Selected { process { $o = [pscustomobject]@{}; foreach ($p in $_.psobject.Properties) { $o.psobject.Properties.Add([psnoteproperty]::new($p.Name, $p.Value)) }; $o } }
        function Serialized { process { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($_, 2)) } }
        function Texts { process { $o = [pscustomobject]@{}; foreach ($p in $_.psobject.Properties) { $o.psobject.Properties.Add([psnoteproperty]::new($p.Name, $(if ($null -ne $p.Value) { $p.Value.ToString() }))) }; $o } }
        function Plain($value) {
            if ($value -is [System.Collections.IDictionary]) { $o = [pscustomobject]@{}; foreach ($k in $value.Keys) { $o.psobject.Properties.Add([psnoteproperty]::new($k, $value[$k])) }; return $o }
            if ($value -is [System.Collections.IList]) { return , @($value) }
            if ($null -eq $value -or $value -is [string] -or $value -is [valuetype]) { return $value }
            $o = [pscustomobject]@{}; foreach ($p in $value.psobject.Properties) { $o.psobject.Properties.Add([psnoteproperty]::new($p.Name, (Plain $p.Value))) }; $o
        }
        function Hashed($value) {
            if ($value -isnot [System.Management.Automation.PSCustomObject]) { return , $value }
            $t = [hashtable]::new([System.StringComparer]::Ordinal); foreach ($p in $value.psobject.Properties) { $t[$p.Name] = Hashed $p.Value }; $t
        }
        function Bags { process { Plain $_ } }
        function Tables { process { $t = [hashtable]::new([System.StringComparer]::Ordinal); foreach ($p in (Plain $_).psobject.Properties) { $t[$p.Name.ToLowerInvariant()] = Hashed $p.Value }; , $t } }

        """;

    public static TheoryData<string> Ways() => ["Selected", "Serialized", "Texts", "Bags", "Tables"];

    [Theory]
    [MemberData(nameof(Ways))]
    public void Every_value_comes_back(string way)
    {
        Session.WriteConfiguration("""
            {"schema_version": 1,
             "hosts": [{"id": "h", "display_name": "h", "enabled": true, "transport": "exec",
              "connection": {"host": "h.lan", "password": "env:PW", "exec": ["sh, -c", "", "\"q\" x", "a,b"]},
              "model_control": {"drain_sec": 0, "stop_grace_sec": 20}}],
             "backends": [{"id": "b", "display_name": "b", "enabled": true, "type": "cpu", "verify_always": true,
              "env": {"A": "x; B=\"y\""}, "args": ["1, 2", "3"]}],
             "models": [{"id": "m", "display_name": "m", "enabled": false, "source": "/m.gguf", "launch": {"start_cmd": "run"},
              "split_policy": {"mode": "rows", "hosts": ["h"]}}]}
            """);

        foreach (string noun in new[] { "IHHost", "IHBackend", "IHModel" })
        {
            string before = Session.Get($"Get-{noun}").Single().ToString();

            Session.Get($"{Copies}Get-{noun} | {way} | Add-{noun} -Id copy -DisplayName {before.Split("Id = ")[1][0]}");

            string after = Session.Get($"Get-{noun} copy").Single().ToString();
            Assert.Equal(before, after.Replace("Id = copy", before.Split("{ ")[1].Split(',')[0], StringComparison.Ordinal));
        }

        Assert.Equal((0, 20), (Value("Get-IHHost copy", "DrainSec"), Value("Get-IHHost copy", "StopGraceSec")));
        PSObject backend = Session.Get("Get-IHBackend copy").Single();
        Assert.Equal(["1, 2", "3"], Names(backend.Properties["Argument"].Value));
        Assert.Equal(["x; B=\"y\""], Session.Get("(Get-IHBackend copy).Environment.Values").Select(value => value.ToString()));
        Assert.Equal(["sh, -c", string.Empty, "\"q\" x", "a,b"], Names(Value("Get-IHHost copy", "ExecPrefix")));
        Assert.Contains("rows", Value("Get-IHModel copy", "SplitPolicy")!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_is_read_as_people_write_it_here_and_never_ten_times_too_large()
    {
        const string Comma = """
            $c = [cultureinfo]::InvariantCulture.Clone(); $c.NumberFormat.NumberDecimalSeparator = ','; $c.NumberFormat.NumberGroupSeparator = '.'
            [System.Threading.Thread]::CurrentThread.CurrentCulture = $c

            """;
        Session.Get(Comma + "@{ Id = 'a'; VramGB = '24,5' }, @{ Id = 'b'; VramGB = '24.5' } | Add-IHHost");

        Assert.Equal([24.5, 24.5], Session.Get("Get-IHHost").Select(host => host.Properties["VramGB"].Value));
        Assert.Equal("BadValue", ErrorId(Session.Run("[System.Threading.Thread]::CurrentThread.CurrentCulture = [cultureinfo]::InvariantCulture; @{ Id = 'c'; VramGB = '24,5' } | Add-IHHost").Error));
    }

    [Fact]
    public void Words_and_references_are_meant_in_any_case()
    {
        AddSamples();
        Session.Get("""
            @{ Id = 'h'; Transport = 'EXEC'; ExecPrefix = 'sh'; Shell = 'BASH' } | Add-IHHost
            @{ Id = 'b'; Type = 'ROCM'; HostFilter = 'WorkStation' } | Add-IHBackend
            @{ Id = 'm'; Source = 's'; StartCommand = 'c'; ThinkingMode = 'THINK'; HostPolicy = 'GPU-01, H'; BackendPolicy = 'ANY'; Fallback = 'Qwen-Small' } | Add-IHModel
            Add-IHModel n -Source s -StartCommand c -HostPolicy WorkStation -BackendPolicy Any -Fallback QWEN-SMALL
            """);

        Assert.Equal(("exec", "bash"), (Value("Get-IHHost h", "Transport"), Value("Get-IHHost h", "Shell")));
        Assert.Equal(("rocm", "workstation"), (Value("Get-IHBackend b", "Type"), Value("Get-IHBackend b", "HostFilter")!.ToString()));
        Assert.Equal(
            ["think|gpu-01, h|any|qwen-small", "|workstation|any|qwen-small"],
            Session.Get("Get-IHModel m, n").Select(model =>
                string.Join('|', new[] { "ThinkingMode", "HostPolicy", "BackendPolicy", "Fallback" }.Select(name => model.Properties[name].Value))));
    }

    [Fact]
    public void A_reference_takes_the_object_that_it_means()
    {
        AddSamples();
        Session.Get("Add-IHModel m -Source s -StartCommand c -Fallback (Get-IHModel qwen-big); Add-IHHost h -Backend (Get-IHBackend vulkan)");

        Assert.Equal("qwen-big", Value("Get-IHModel m", "Fallback"));
        Assert.Equal(["vulkan"], Names(Value("Get-IHHost h", "Backend")));
        AssertBinding("Set-IHModel m -Fallback (Get-IHModel qwen*)", "-Fallback takes one model, not 2.");
    }

    [Fact]
    public void Ids_are_found_in_tables_of_any_case_and_in_lists()
    {
        AddSamples();

        Assert.Equal(["qwen-small"], Ids("$t = [hashtable]::new([System.StringComparer]::Ordinal); $t['id'] = 'qwen-small'; , $t | Get-IHModel"));
        Assert.Equal(["qwen-small", "qwen-big"], Ids("[pscustomobject]@{ Id = 'qwen-small', 'qwen-big' } | Get-IHModel"));
    }

    [Fact]
    public void Null_among_ids_is_refused_with_its_name()
    {
        AssertBinding("Get-IHModel -Id 'a', $null", "Get-IHModel takes models or their ids, and $null is neither.");
        AssertBinding("Set-IHHost h -Backend 'a', $null", "-Backend takes backends or their ids, and $null is neither.");
    }

    [Theory]
    [InlineData("[pscustomobject]@{ Id = 'a', 'b' } | Add-IHHost", "The Id of an object of the pipeline can't be read: a list is not a single text.")]
    [InlineData("@{ Id = 'a'; CheckCommand = 'x', 'y' } | Add-IHHost", "CheckCommand of host 'a' can't be read: a list is not a single text.")]
    [InlineData("@{ Id = 'a'; Gpu = @{ x = 1 } } | Add-IHHost", "Gpu of host 'a' can't be read: an object is not a list of texts.")]
    [InlineData("@{ Id = 'a'; Password = [pscustomobject]@{ Reference = $null } } | Add-IHHost", "A password in clear")]
    [InlineData("@{ Id = 'a'; Source = 's'; StartCommand = 'c'; SplitPolicy = '[1]' } | Add-IHModel", "SplitPolicy of model 'a' can't be read: it is not a JSON object")]
    public void What_is_no_single_value_is_refused(string script, string message) =>
        Assert.StartsWith(message, Session.Run(script).Error.Exception.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("IHHost")]
    [InlineData("IHBackend")]
    [InlineData("IHModel")]
    public void What_is_advised_for_a_bad_value_is_there(string noun)
    {
        Dictionary<string, ParameterMetadata> parameters = ((CmdletInfo)Session.Get($"Get-Command Add-{noun}").Single().BaseObject).Parameters;
        string needed = noun == "IHModel" ? "-Source s -StartCommand c" : string.Empty;
        string[] properties = [.. Session.Get($"Add-{noun} x {needed} -PassThru").Single().Properties.Select(property => property.Name).Where(name => name != "Id")];
        foreach (string property in properties)
        {
            string advice = Session.Run($"@{{ Id = 'z'; {property} = [pscustomobject]@{{ a = @{{}} }} }} | Add-{noun}").Error.ErrorDetails.RecommendedAction;

            Assert.True(!advice.Contains("-Parameter", StringComparison.Ordinal) || parameters.ContainsKey(property), $"{property}: {advice}");
        }
    }

    private void AssertBinding(string script, string message)
    {
        Result result = Session.Run(script);
        Assert.Contains(message, result.Errors.Count > 0 ? result.Errors[0].Exception.Message : result.Terminated!.Message, StringComparison.Ordinal);
    }
}
