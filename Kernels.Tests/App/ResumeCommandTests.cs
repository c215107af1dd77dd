using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Stranger;
using FcnFromScratch.Training;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary><c>fcn resume</c> on a run whose files somebody has lost, edited or damaged, of a task that trains in no time.</summary>
public sealed class ResumeCommandTests : IDisposable
{
    private static readonly ITask[] s_tasks = [new BrightHalf()];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CommandRun Run(params string[] args) => CommandRun.Of(s_tasks, args);

    private CommandRun Resume(params string[] more) => Run(["resume", _folder["run"], .. more]);

    /// <summary>A run of 2 epochs, 34 steps in all; without its report it is one that was stopped before the test.</summary>
    private void Train(params string[] more)
    {
        var result = Run(["train", "--device", "cpu", "--epochs", "2", "--out", _folder["run"], .. more]);
        Assert.Equal((0, ""), (result.Code, result.Error));
    }

    private string Text(string file) => File.ReadAllText(_folder[$"run/{file}"]);

    private void Write(string file, string text) => File.WriteAllText(_folder[$"run/{file}"], text);

    private void Stop() => File.Delete(_folder["run/report.json"]);

    private void Refused(string message, params string[] more)
    {
        var result = Resume(more);
        Assert.Contains(message, result.Error);
        Assert.StartsWith("fcn: ", result.Error);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
        Assert.Equal(1, result.Code);
    }

    [Fact]
    public void Without_a_checkpoint_nothing_is_overwritten_until_a_restart_is_asked_for()
    {
        Train();
        byte[] best = File.ReadAllBytes(_folder["run/weights/best.safetensors"]);
        string arguments = Text("args.json"), steps = Text("steps.csv");
        File.WriteAllBytes(_folder["run/weights/best.safetensors"], [.. best, 0]);
        foreach (string lost in new[] { "last", "previous" }) File.Delete(_folder[$"run/weights/{lost}.safetensors"]);
        Stop();
        Refused("the checkpoint before it are gone, and the run was at step 34; "
            + $"bring one back, or begin the run anew: 'fcn resume {_folder["run"]} --restart'");
        Assert.Equal([.. best, 0], File.ReadAllBytes(_folder["run/weights/best.safetensors"]));
        Assert.Equal((arguments, steps), (Text("args.json"), Text("steps.csv")));

        var again = Resume("--restart");
        Assert.Equal((0, ""), (again.Code, again.Error));
        Assert.Equal(best, File.ReadAllBytes(_folder["run/weights/best.safetensors"]));
        Assert.Equal((arguments, steps), (Text("args.json"), Text("steps.csv")));
    }

    [Fact]
    public void A_restart_and_a_new_run_in_an_old_folder_begin_the_log_anew()
    {
        Train();
        Train("--exist-ok");
        Assert.Single(Text("log.txt").Split('\n'), line => line.StartsWith("squares on cpu"));
        Resume("--extend", "1");
        Assert.Equal(2, Text("log.txt").Split('\n').Count(line => line.StartsWith("squares on cpu")));
        Resume("--restart");
        Assert.EndsWith("), begun anew", Assert.Single(Text("log.txt").Split('\n'), line => line.StartsWith("squares on cpu")));
        Assert.Contains("epoch 3/3", Text("log.txt"));
    }

    [Theory]
    [InlineData("epochs", "2", "3"), InlineData("steps", "0", "34"), InlineData("batch", "16", "8"), InlineData("lr", "0.01", "0.02")]
    [InlineData("schedule", "\"one-cycle\"", "\"cosine\""), InlineData("optimizer", "\"adam\"", "\"sgd\""), InlineData("no-eval", "false", "true")]
    [InlineData("order", "\"shuffled\"", "\"sequential\""), InlineData("seed", "0", "1"), InlineData("extend", "[]", "[1]")]
    public void An_argument_that_the_numbers_depend_on_is_not_changed_by_hand(string key, string trained, string now)
    {
        Train();
        if (key == "extend")
        {
            Resume("--extend", "2");
            trained = "[2]";
        }
        Stop();
        var arguments = JsonNode.Parse(Text("args.json"))!;
        Assert.Equal(trained, arguments[key]!.ToJsonString());
        arguments[key] = JsonNode.Parse(now);
        Write("args.json", arguments.ToJsonString());
        string last = _folder["run/weights/last.safetensors"];
        byte[] before = File.ReadAllBytes(last);
        Refused($"args.json': '{key}' is {now}, and '{last}' was trained with {trained}; set it back");
        Assert.Equal(before, File.ReadAllBytes(last));
    }

    [Fact]
    public void Other_arguments_may_change_and_older_checkpoints_go_on()
    {
        Train();
        Stop();
        var arguments = JsonNode.Parse(Text("args.json"))!;
        (arguments["command"], arguments["patience"], arguments["threads"], arguments["verify-kernels"]) = ("fcn train", 7, 1, 1);
        Write("args.json", arguments.ToJsonString());
        Assert.Equal((0, ""), Resume() is var changed ? (changed.Code, changed.Error) : default);

        Without("arguments");
        Assert.Equal((0, ""), Resume("--extend", "1") is var older ? (older.Code, older.Error) : default);
        Assert.Contains("\"extend\":[1]", SafetensorsFile.Read(_folder["run/weights/last.safetensors"]).Metadata["arguments"]);

        Without("arguments");
        Stop();
        arguments["seed"] = 1;
        Write("args.json", arguments.ToJsonString());
        Refused("'seed' is 1, and ");

        void Without(string key)
        {
            string last = _folder["run/weights/last.safetensors"];
            var file = SafetensorsFile.Read(last);
            SafetensorsFile.Write(last, file.Tensors, file.Metadata.Where(item => item.Key != key).ToDictionary());
        }
    }

    [Fact]
    public void Extensions_add_up_and_the_page_repeats_them_in_their_order()
    {
        Train();
        foreach (string epochs in new[] { "2", "1" }) Assert.Equal((0, ""), Resume("--extend", epochs) is var result ? (result.Code, result.Error) : default);
        Assert.Equal("[2,1]", JsonNode.Parse(Text("args.json"))!["extend"]!.ToJsonString());
        Assert.Equal(["1", "2", "3", "4", "5"], File.ReadLines(_folder["run/results.csv"]).Skip(1).Select(line => line.Split(',')[0]));
        string resume = $"./fcn resume {_folder["run"]} --extend";
        Assert.Matches($"<code>\\./fcn train .* &amp;&amp; {resume} 2 &amp;&amp; {resume} 1</code>", Text("report.html"));
    }

    [Theory]
    [InlineData("step", "-1"), InlineData("step", "500"), InlineData("step", "16"), InlineData("epoch", "2147483647"), InlineData("epoch", "-2147483648")]
    [InlineData("best_epoch", "3"), InlineData("epoch_loss_sum", "NaN"), InlineData("arguments", "[\ud800"), InlineData("dataset_sha256", "x")]
    public void A_checkpoint_that_says_the_impossible_is_refused(string key, string value)
    {
        Train();
        Stop();
        File.Delete(_folder["run/weights/previous.safetensors"]);
        string last = _folder["run/weights/last.safetensors"];
        var file = SafetensorsFile.Read(last);
        SafetensorsFile.Write(last, file.Tensors, new Dictionary<string, string>(file.Metadata) { [key] = value });
        Refused(key == "dataset_sha256" ? "name the same data by --data" : key == "arguments" ? "'arguments' of its metadata cannot be read"
            : "where this run never stands. Bring the file back as it was, or begin the run anew");
    }

    [Theory]
    [InlineData("results.csv", 1, "1,NaN,0.5,0.5,0.5,0.5,0.01,50"), InlineData("results.csv", 1, "1,1e300,0.5,0.5,0.5,0.5,0.01,50")]
    [InlineData("results.csv", 2, "1,1,0.5,0.5,0.5,0.5,0.01,50"), InlineData("results.csv", 2, "2,1,0.5,0.5,half,0.5,0.01,50")]
    [InlineData("results.csv", 1, "NaN,1,0.5,0.5,0.5,0.5,0.01,50"), InlineData("results.csv", 1, "\u001b[2J"), InlineData("results.csv", 2, "2,1")]
    [InlineData("steps.csv", 5, "5,NaN,0.01"), InlineData("steps.csv", 5, "6,0.5,0.01"), InlineData("steps.csv", 34, "34,0.5"), InlineData("steps.csv", 1, "")]
    public void A_line_that_no_run_wrote_is_shown_and_nothing_is_lost(string file, int row, string line)
    {
        Train();
        Stop();
        string[] lines = File.ReadAllLines(_folder[$"run/{file}"]);
        lines[row] = line;
        File.WriteAllLines(_folder[$"run/{file}"], lines);
        byte[] weights = File.ReadAllBytes(_folder["run/weights/last.safetensors"]);
        Refused($"{file}' has the line {ForeignText.Quoted(line)} where that of {(file == "steps.csv" ? "step" : "epoch")} {row} belongs");
        Refused($"or begin the run anew: 'fcn resume {_folder["run"]} --restart'");
        Assert.Equal(lines, File.ReadAllLines(_folder[$"run/{file}"]));
        Assert.Equal(weights, File.ReadAllBytes(_folder["run/weights/last.safetensors"]));
    }

    [Theory]
    [InlineData("steps.csv", 2), InlineData("results.csv", 2), InlineData("results.csv", 3)]
    public void A_figure_that_the_run_did_not_write_is_refused(string file, int column)
    {
        Train();
        Stop();
        string[] lines = File.ReadAllLines(_folder[$"run/{file}"]);
        string[] fields = lines[1].Split(',');
        fields[column] = fields[column][..^1];
        lines[1] = string.Join(',', fields);
        File.WriteAllLines(_folder[$"run/{file}"], lines);
        Refused("results.csv' has other figures than the run wrote. Bring the file back as it was");
    }

    [Fact]
    public void A_restart_begins_with_the_weights_that_the_run_began_with()
    {
        Train();
        string init = _folder.Write("init.safetensors", File.ReadAllBytes(_folder["run/weights/best.safetensors"]));
        CommandRun Again(string weights) =>
            Run("train", "--device", "cpu", "--epochs", "1", "--quiet", "--exist-ok", "--init", weights, "--out", _folder["run"]);
        var refused = Again(_folder["run/weights/best.safetensors"]);
        Assert.Equal(2, refused.Code);
        Assert.Contains("lies in the run folder", refused.Error);
        Assert.Equal(0, Again(init).Code);
        Assert.Equal(0, Resume("--restart").Code);
        File.Copy(_folder["run/weights/last.safetensors"], init, overwrite: true);
        Refused("init.safetensors' holds other weights than those that this run began with", "--restart");
    }

    [Fact]
    public void Steps_that_the_checkpoint_knows_and_the_table_lacks_are_told()
    {
        Train();
        Stop();
        File.WriteAllLines(_folder["run/steps.csv"], File.ReadAllLines(_folder["run/steps.csv"])[..^1]);
        Refused("33 of 34 steps that the checkpoint knows");
    }

    [Fact]
    public void Best_weights_that_are_damaged_or_gone_have_a_way_out()
    {
        Train("--lr", "0"); // of equals the first is the best, so that it cannot be made of the last
        string best = _folder["run/weights/best.safetensors"];
        byte[] whole = File.ReadAllBytes(best);
        Stop();
        File.WriteAllBytes(best, whole[..^100]);
        Refused($"Bring the file back as it was, or begin the run anew: 'fcn resume {_folder["run"]} --restart'");
        File.Delete(best);
        Refused($"best.safetensors' does not exist. Bring the file back as it was, or begin the run anew: 'fcn resume {_folder["run"]} --restart'");
        Assert.Equal(0, Resume("--restart").Code);
        Assert.Equal(whole, File.ReadAllBytes(best));
    }

    [Theory]
    [InlineData("\"patience\":0", "\"patience\":-1", "'patience' is -1; it must be a whole number from 0 to 100000")]
    [InlineData("\"threads\":0", "\"threads\":2147483647", "'threads' is 2147483647; it must be a whole number from 0 to 1024")]
    [InlineData("\"extend\":[]", "\"extend\":[2147483647,2147483647]", "'extend' is [2147483647,2147483647]; it must be a list of numbers from 1 to 100000")]
    [InlineData("\"epochs\":2", "\"epochs\":2,\"epochs\":3", "args.json' cannot be read: a key stands in it twice.")]
    [InlineData("\"cpu\"", "\"\\ud800\"", "args.json' cannot be read: a text in it is no Unicode.")]
    [InlineData("\"cpu\"", "cpu", "args.json' cannot be read: it is no JSON from line 1, byte ")]
    [InlineData("\"bright-half\"", "\"a\\nb\"", "there is no task 'a\\nb'; there are bright-half")]
    [InlineData("\"lr\"", "\"l\\u001br\"", "'l\\x1br' is none of bright-half's")]
    public void Arguments_that_are_none_are_told_in_own_words(string from, string to, string message)
    {
        Train();
        Stop();
        string arguments = JsonNode.Parse(Text("args.json"))!.ToJsonString();
        Assert.Contains(from, arguments);
        Write("args.json", arguments.Replace(from, to));
        var result = Resume();
        Assert.InRange(result.Code, 1, 2);
        Assert.Contains(message, result.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
        Assert.DoesNotContain('\u001b', result.Error);
    }

    /// <summary>The text of .NET's reader names its own terms; none of it may come through.</summary>
    [Fact]
    public void Damaged_arguments_and_reports_never_speak_in_terms_of_the_reader()
    {
        Train();
        var files = Directory.GetFiles(_folder["run"], "*", SearchOption.AllDirectories).ToDictionary(path => path, File.ReadAllBytes);
        var random = new Random(3);
        foreach (string file in new[] { "args.json", "report.json" })
        {
            byte[] whole = files[_folder[$"run/{file}"]];
            for (int trial = 0; trial < 150; trial++)
            {
                foreach (var (path, content) in files) File.WriteAllBytes(path, content);
                byte[] damaged = trial % 2 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
                if (trial % 2 == 1) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                File.WriteAllBytes(_folder[$"run/{file}"], damaged);
                var result = Resume();
                Assert.InRange(result.Code, 0, 2);
                Assert.DoesNotMatch("LineNumber|BytePosition|JSON (array|object|text|tokens|payload)|UTF-16|Json[A-Z]|Path: ", result.Error);
                Assert.InRange(result.Error.Split('\n').Length, result.Code == 0 ? 1 : 2, 2);
            }
        }
    }

    [Fact]
    public void A_report_that_lacks_its_numbers_is_written_anew()
    {
        Train();
        Write("report.json", """{"complete": true, "stopped_early": true}""");
        var result = Resume();
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal(2, (int)JsonNode.Parse(Text("report.json"))!["epochs"]!);
    }
}
