// Teams: agents who share threads.

import type { AgentView, TeamView, WantedTeam } from '../../../sdk/src/index.ts';
import { all, Checks } from './fields.tsx';
import { useLoaded } from './loading.tsx';
import { Act, Field, Form, text, type Wrong } from './parts.tsx';
import { changeTeam, createTeam, loadTeams, removeTeam } from './people-api.ts';

const NAME = { name: 'name', title: 'Name', help: 'No other team has it', required: true, long: false };

export function TeamsSection() {
  const { value, again, notice } = useLoaded('teams', loadTeams);
  const agents = value?.agents ?? [];
  return (
    <section aria-labelledby="settings-teams">
      <h2 id="settings-teams">Teams</h2>
      {notice}
      {value?.teams.length === 0 && <p class="muted">None yet. Threads are given to a team as they are to an agent.</p>}
      <ul>
        {value?.teams.map((team) => (
          <li key={team.id} class="setting" data-testid="setting-team">
            <p class="setting-name">
              <bdi>{team.name}</bdi>
            </p>
            <p class="muted">{membersOf(team, agents)}</p>
            <div class="setting-forms">
              <Form
                title={`Change ${team.name}`}
                action="Save"
                submit={async (form) => {
                  await changeTeam(team.id, wanted(form));
                  await again();
                }}
              >
                {(wrong) => <Team team={team} agents={agents} wrong={wrong} />}
              </Form>
              <Act
                name={`Remove ${team.name}`}
                act={async () => {
                  await removeTeam(team.id);
                  await again();
                }}
              />
            </div>
          </li>
        ))}
      </ul>
      {value && (
        <Form
          title="Add a team"
          action="Add"
          submit={async (form) => {
            await createTeam(wanted(form));
            await again();
          }}
        >
          {(wrong) => <Team team={null} agents={agents} wrong={wrong} />}
        </Form>
      )}
    </section>
  );
}

function Team({ team, agents, wrong }: { team: TeamView | null; agents: readonly AgentView[]; wrong: Wrong | null }) {
  return (
    <>
      <Field field={NAME} wrong={wrong} value={team?.name ?? ''} />
      <Checks
        name="members"
        title="Who is in it"
        help="An inbox knows the teams that its members are in"
        options={agents.map((agent) => [agent.id, agent.name])}
        ticked={team?.members ?? []}
        wrong={wrong}
      />
    </>
  );
}

function membersOf(team: TeamView, agents: readonly AgentView[]): string {
  const names = agents.filter((agent) => team.members.includes(agent.id)).map((agent) => agent.name);
  return names.length === 0 ? 'Nobody is in it' : names.join(', ');
}

function wanted(form: FormData): WantedTeam {
  return { name: text(form, 'name'), members: all(form, 'members') };
}
